"""Names beside markers: placed greedily where they cover neither each other nor a marker."""

import re
from collections.abc import Sequence
from typing import cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from numpy.typing import NDArray

_LONGEST = 24  # characters
_DISTANCES = (5.0, 11.0, 20.0, 32.0)  # points, from marker to text; from the second on with a line
_ANGLES = np.radians([225, 45, 270, 180, 90, 0, 135, 315])  # first where a front of two costs has no points


def short_name(name: str) -> str:
    """Return the name without its number, short enough for a plot.

    >>> short_name("search_012_L8_C32_K3")
    'L8·C32·K3'
    """
    plain = re.sub(r"^search_\d+_", "", name)
    plain = re.sub(r"^(L\d+)_(C\d+)_(K\d+)_?", r"\1·\2·\3 ", plain).strip()
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"


def place_labels(axes: Axes, anchors: NDArray[np.float64], names: Sequence[str], taken: NDArray[np.float64]) -> None:
    """Write each name near its anchor, in order; a name that would cover an earlier one is left out.

    Args:
        anchors: shape (names, 2), in pixels of the figure: lay the figure out first.
        taken: shape (points, 2), in pixels; each point that a text covers makes its place worse.
    """
    boxes = np.empty((0, 4))
    for anchor, name in zip(anchors, names, strict=True):
        size = _text_size(axes, name)
        places = _places(anchor, size, axes.figure.dpi / 72)
        covered = _overlap(places, boxes)
        best = int(np.argmin(_cost(places, taken, axes.bbox.extents) + 50 * covered))
        if covered[best] == 0:
            boxes = np.vstack([boxes, places[best]])
            _write(axes, anchor, places[best], name, with_line=best >= len(_ANGLES))


def _text_size(axes: Axes, name: str) -> NDArray[np.float64]:
    text = axes.annotate(name, (0, 0), xycoords="figure pixels", fontsize=7)
    renderer = cast("FigureCanvasAgg", axes.figure.canvas).get_renderer()
    box = text.get_window_extent(renderer)
    text.remove()
    return np.array([box.width, box.height])


def _places(anchor: NDArray[np.float64], size: NDArray[np.float64], pixels: float) -> NDArray[np.float64]:
    """Return candidate boxes, shape (places, 4) as left, bottom, right, top, nearest first."""
    ways = np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)])
    shifts = np.vstack([ways * distance * pixels for distance in _DISTANCES])
    centres = anchor + shifts + np.tile(np.round(ways, 6), (len(_DISTANCES), 1)).clip(-0.71, 0.71) / 0.71 * size / 2
    return np.hstack([centres - size / 2, centres + size / 2])


def _cost(places: NDArray[np.float64], taken: NDArray[np.float64], frame: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how bad each place is: points covered, parts outside the frame, distance."""
    pad = 4.0
    x, y = taken[:, 0], taken[:, 1]
    left, bottom, right, top = (places[:, [side]] for side in range(4))
    covered = ((x > left - pad) & (x < right + pad) & (y > bottom - pad) & (y < top + pad)).sum(axis=1)
    outside = np.maximum(frame[:2] + pad - places[:, :2], 0).sum(axis=1)
    outside += np.maximum(places[:, 2:] - frame[2:] + pad, 0).sum(axis=1)
    ring = np.repeat(np.arange(len(_DISTANCES)), len(_ANGLES))
    return np.asarray(covered + outside + 0.8 * ring + 0.02 * np.tile(np.arange(len(_ANGLES)), len(_DISTANCES)))


def _overlap(places: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many boxes each place touches."""
    apart = (places[:, None, :2] > boxes[None, :, 2:]) | (places[:, None, 2:] < boxes[None, :, :2])
    return np.asarray((~apart.any(axis=2)).sum(axis=1))


def _write(
    axes: Axes, anchor: NDArray[np.float64], box: NDArray[np.float64], name: str, *, with_line: bool
) -> None:
    middle = (box[:2] + box[2:]) / 2
    label = axes.annotate(
        name,
        (float(anchor[0]), float(anchor[1])),
        xytext=(float(middle[0]), float(middle[1])),
        xycoords="figure pixels",
        textcoords="figure pixels",
        fontsize=7,
        ha="center",
        va="center",
        zorder=5,
        annotation_clip=False,
        arrowprops={"arrowstyle": "-", "color": "0.4", "linewidth": 0.5, "shrinkA": 1, "shrinkB": 3}
        if with_line
        else None,
    )
    label.set_in_layout(False)
