"""Places names beside the markers of a plot, greedily, so that they cover neither each other nor a marker."""

import itertools
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Text
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_LONGEST = 24  # characters
_DISTANCES = (5.0, 12.0, 22.0, 34.0)  # points, from marker to text; from the second on with a line
_ANGLES = np.radians([225, 45, 270, 180, 90, 0, 135, 315])  # in order of preference: below a front lies nothing
_PAD = 3.0  # pixels
_WORST = 4.0  # highest penalty of a place that is used, see _penalties


def shortened(name: str) -> str:
    """Return a name as it is, or the beginning of a long one, which would hide the points of a plot.

    >>> shortened("L8_C32_K3_recipe-original")
    'L8_C32_K3_recipe-origin…'
    """
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"


def along(corners: Floats) -> Floats:
    """Return points every few pixels along the staircase through the corners."""
    between = np.column_stack([corners[1:, 0], corners[:-1, 1]])
    path = np.insert(corners, np.arange(1, len(corners)), between, axis=0)
    return np.vstack([path, *(_between(a, b) for a, b in itertools.pairwise(path))])


def line_through(text: Text) -> Floats:
    """Return points every few pixels along the middle of a text."""
    box = text.get_window_extent()
    middle = (box.y0 + box.y1) / 2
    return _between(np.array([box.x0, middle]), np.array([box.x1, middle]))


def place_labels(axes: Axes, anchors: Floats, names: Sequence[str], taken: Floats, *, with_lines: bool) -> None:
    """Write each name near its anchor, in order; a name without a free place is left out.

    Args:
        anchors: shape (names, 2), in pixels of the figure: lay the figure out first.
        taken: shape (points, 2), in pixels; a place is penalised for each of these points that the text covers.
        with_lines: whether a name may stand further from its marker, connected by a line.
    """
    boxes: list[Floats] = []
    distances = _DISTANCES if with_lines else _DISTANCES[:1]
    for anchor, name in zip(anchors, names, strict=True):
        places = _places(anchor, _text_size(axes, name), np.array(distances) * axes.figure.dpi / 72)
        penalties = _penalties(places, taken, np.array(axes.bbox.extents))
        for choice in np.argsort(penalties, kind="stable")[: (penalties <= _WORST).sum()]:
            box = places[choice]
            line = _between(anchor, (box[:2] + box[2:]) / 2) if choice >= len(_ANGLES) else np.empty((0, 2))
            if not any(_overlap(box, other) or _covered(other, line) for other in boxes):
                _write(axes, anchor, box, name, with_line=len(line) > 0)
                boxes.append(box)
                taken = np.vstack([taken, line])
                break


def _between(start: Floats, end: Floats) -> Floats:
    count = 2 + int(np.hypot(*(end - start)) / 5)
    return np.linspace(start, end, count)[1:-1]


def _text_size(axes: Axes, name: str) -> Floats:
    text = axes.annotate(name, (0, 0), xycoords="figure pixels", fontsize=7)
    box = text.get_window_extent()
    text.remove()
    return np.array([box.width, box.height])


def _places(anchor: Floats, size: Floats, distances: Floats) -> Floats:
    """Return candidate boxes, shape (places, 4) as left, bottom, right, top, nearest first."""
    ways = np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)])
    corners = np.sign(np.round(ways, 6)) * size / 2  # on a diagonal, the nearest corner faces the marker
    centres = np.vstack([anchor + ways * distance + corners for distance in distances])
    return np.hstack([centres - size / 2, centres + size / 2])


def _penalties(places: Floats, taken: Floats, frame: Floats) -> Floats:
    """Return a penalty for each place: points covered, pixels outside the frame, distance, order of angles."""
    covered = np.array([_covered(place, taken) for place in places])
    outside = np.maximum(frame[:2] + _PAD - places[:, :2], 0).sum(axis=1)
    outside += np.maximum(places[:, 2:] - frame[2:] + _PAD, 0).sum(axis=1)
    ring, turn = np.divmod(np.arange(len(places)), len(_ANGLES))
    return np.asarray(covered + outside + 0.8 * ring + 0.02 * turn)


def _covered(box: Floats, points: Floats) -> int:
    inside = (points > box[:2] - _PAD) & (points < box[2:] + _PAD)
    return int(inside.all(axis=1).sum())


def _overlap(one: Floats, other: Floats) -> bool:
    return bool((one[:2] < other[2:] + _PAD).all() and (other[:2] < one[2:] + _PAD).all())


def _write(axes: Axes, anchor: Floats, box: Floats, name: str, *, with_line: bool) -> None:
    line = {"arrowstyle": "-", "color": "0.4", "linewidth": 0.5, "shrinkA": 1, "shrinkB": 3}
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
        arrowprops=line if with_line else None,
    )
    label.set_in_layout(False)
