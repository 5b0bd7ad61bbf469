"""The plots of a search, as PNG files: each trade-off of two quantities, and three at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from mpl_toolkits.mplot3d import proj3d  # type: ignore[import-untyped]
from numpy.typing import NDArray

from nasamp.atomic import replacing
from nasamp.pareto.front import Analysis, front
from nasamp.pareto.labels import place_labels, short_name
from nasamp.quantities import QUANTITIES

REALTIME_LIMIT = 0.8  # mean real-time factor at block 512, as in realtime_capable
_LINE = "#0072B2"  # Okabe and Ito's colours, told apart by the colour-blind
_HOLLOW = {"marker": "o", "s": 24, "facecolors": "none", "edgecolors": "0.55", "linewidths": 0.8, "zorder": 2}
_GREY = {"marker": "o", "s": 28, "color": "0.62", "linewidths": 0, "zorder": 3}
_FRONT = {"marker": "D", "s": 40, "facecolors": "#D55E00", "edgecolors": "black", "linewidths": 0.7, "zorder": 4}


@dataclass(frozen=True)
class _Plot:
    """One file; ``names`` says which runs carry their name: the front of the axes, or the analysis' own."""

    file: str
    columns: tuple[str, ...]
    log: tuple[str, ...] = ()
    names: str = "axes"


_PLOTS = (
    _Plot("quality_vs_latency.png", ("latency_ms", "val_esr"), log=("val_esr",)),
    _Plot("quality_vs_params.png", ("parameters", "val_esr"), log=("parameters", "val_esr")),
    _Plot("latency_vs_params.png", ("parameters", "latency_ms"), log=("parameters",), names="analysis"),
    _Plot("quality_vs_cpu_rtf.png", ("rtf_mean", "val_esr"), log=("val_esr",)),
    _Plot("pareto_3d.png", ("latency_ms", "parameters", "val_esr_db"), names="analysis"),
)


def plot_all(analysis: Analysis, folder: Path, *, search_name: str = "") -> list[Path]:
    """Write the plots and return their paths; one whose numbers no competing run has is skipped.

    Args:
        search_name: for the titles; the folder's name where it is empty.
    """
    title = search_name or folder.resolve().name
    plots = [plot for plot in _PLOTS if len(_drawable(analysis.competing, plot))]
    return [_write(_figure(analysis, plot, title), folder / plot.file) for plot in plots]


def _write(figure: Figure, path: Path) -> Path:
    with replacing(path) as draft:
        figure.savefig(draft)
    return path


def _drawable(rows: pd.DataFrame, plot: _Plot) -> pd.DataFrame:
    """Return the rows that have a place on every axis; a logarithm needs more than zero."""
    there = np.isfinite(rows[list(plot.columns)].to_numpy(dtype=float)).all(axis=1)
    return rows[there & (rows[list(plot.log)] > 0).all(axis=1)]


def _figure(analysis: Analysis, plot: _Plot, title: str) -> Figure:
    recordings = sorted(analysis.competing["recording"].unique())
    across = min(len(recordings), 3)
    down = -(-len(recordings) // across)
    figure = Figure(figsize=(max(6.4, 4.4 * across), 0.9 + 3.9 * down), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    solid = len(plot.columns) == 3
    settings: dict[str, Any] = {"subplot_kw": {"projection": "3d"}} if solid else {"sharex": True, "sharey": True}
    panels = figure.subplots(down, across, squeeze=False, **settings).flat
    draw = _draw_solid if solid else _draw_flat
    for axes, recording in zip(panels, recordings, strict=False):
        draw(axes, analysis, plot, recording)
    for axes in list(panels)[len(recordings) :]:
        axes.remove()
    _dress(figure, analysis, plot, title)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # names are placed in pixels: nothing may move from here on
    for axes, recording in zip(figure.axes, recordings, strict=True):
        _name(axes, analysis, plot, recording)
    return figure
