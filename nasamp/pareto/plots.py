"""Draws the plots of a search as PNG files: trade-offs between two quantities, and one of three."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from mpl_toolkits.mplot3d import proj3d  # type: ignore[import-untyped]
from numpy.typing import NDArray

from nasamp.atomic import replacing
from nasamp.pareto.by_recording import file_name, names, only
from nasamp.pareto.front import Analysis
from nasamp.pareto.labels import along, line_through, place_labels, shortened
from nasamp.pareto.panels import PLOTS, Panel, Plot, drawable, panel
from nasamp.pareto.reference_lines import References, draw
from nasamp.pareto.scales import plain_numbers, with_wide_axes_logarithmic
from nasamp.quantities import QUANTITIES, REALTIME_LIMIT

_FLAT_NAMES, _SOLID_NAMES = 100, 12  # at most, of the best models; more would hide points and take minutes
_TIPS = 3.0 * np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]])  # of a marker, in points

# Colours of Okabe and Ito, distinct for colour-blind readers; shapes and fillings differ too, for print.
_LINE: dict[str, Any] = {"color": "#0072B2", "linewidth": 1.3, "zorder": 2.5, "label": "front on these two axes"}
_SPREAD: dict[str, Any] = {"color": "0.3", "linewidth": 0.9, "zorder": 2.8, "label": "spread over the seeds"}
_MARKERS: dict[str, dict[str, Any]] = {
    "front": {"marker": "D", "s": 40, "facecolors": "#D55E00", "edgecolors": "black", "linewidths": 0.7, "zorder": 4},
    "dominated": {"marker": "o", "s": 28, "color": "0.62", "linewidths": 0, "zorder": 3},
    "scan_only": {"marker": "o", "s": 24, "facecolors": "none", "edgecolors": "0.55", "linewidths": 0.8, "zorder": 2},
}


def plot_all(
    analysis: Analysis, folder: Path, *, search_name: str = "", references: References = MappingProxyType({})
) -> list[Path]:
    """Write the plots and return their paths; a plot whose numbers were not measured is skipped.

    Args:
        search_name: for the titles; the folder's name where it is empty.
    """
    title = search_name or folder.resolve().name
    written = []
    for recording in names(analysis):
        part, lines = only(analysis, recording), references.get(recording, {})
        for plot in PLOTS:
            if len(drawable(part.competing, plot)):
                path = folder / file_name(plot.file, recording, analysis)
                written.append(_write(_figure(part, plot, title, lines), path))
    return written


def _write(figure: Figure, path: Path) -> Path:
    with replacing(path) as draft:
        figure.savefig(draft)
    return path


def _figure(part: Analysis, plot: Plot, title: str, references: Mapping[str, Mapping[str, float]]) -> Figure:
    """Return the plot of an analysis of one recording."""
    plot = with_wide_axes_logarithmic(part, plot)
    figure = Figure(figsize=(6.4, 4.8), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes: Any = figure.add_subplot(projection="3d" if plot.is_solid else None)
    shown = panel(part, plot)
    (_draw_solid if plot.is_solid else _draw_flat)(axes, shown, plot, _labels(part, plot))
    if plot.columns[-1] == "val_esr":
        draw(axes, references)
    _dress(figure, title)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # names are placed in pixels, so nothing may move any more
    _write_names(axes, shown, plot)
    return figure


def _labels(analysis: Analysis, plot: Plot) -> list[str]:
    labels = [QUANTITIES[column].axis for column in plot.columns]
    if "rtf_mean" in plot.columns:
        engines = sorted(analysis.competing["rtf_engine"].dropna().astype(str).unique())
        labels[0] += f"\nengine: {', '.join(engines) or 'not recorded'}"
    return labels


def _draw_flat(axes: Axes, shown: Panel, plot: Plot, labels: list[str]) -> None:
    x, y = plot.columns
    _draw_spread(axes, shown)
    for rows, style in _markers(shown):
        axes.scatter(rows[x], rows[y], **style)
        points = rows[[x, y]].to_numpy(dtype=float)
        axes.update_datalim([points.min(axis=0) / 1.1, points.max(axis=0) * 1.1])  # gives a single point a range
    if shown.edge[x].nunique() > 1:
        axes.step(shown.edge[x], shown.edge[y], where="post", **_LINE)
    axes.set_title(shown.title, fontsize=9, loc="left")
    axes.set_xlabel(labels[0], fontsize=9)
    axes.set_ylabel(labels[1], fontsize=9)
    axes.grid(color="0.92", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.margins(0.08)
    axes.tick_params(which="both", labelsize=8, length=3, pad=3)
    for column, axis, set_scale in ((x, axes.xaxis, axes.set_xscale), (y, axes.yaxis, axes.set_yscale)):
        if column in plot.log:
            set_scale("log")
            plain_numbers(axis)
    if x == "rtf_mean":
        _draw_limit(axes)


def _markers(shown: Panel) -> list[tuple[pd.DataFrame, dict[str, Any]]]:
    phases = ", ".join(str(phase) for phase in shown.scan_only["phase"].unique())
    labels = {"front": "on the front of the objectives", "scan_only": f"scan only ({phases})"}
    sets = {name: getattr(shown, name) for name in _MARKERS}
    return [(rows, {**_MARKERS[name], "label": labels.get(name, name)}) for name, rows in sets.items() if len(rows)]


def _draw_spread(axes: Any, shown: Panel) -> None:
    """Draw a bar from the lowest to the highest seed of each candidate with several seeds."""
    differs = (shown.high > shown.low).any(axis=1)
    for number, ends in enumerate(zip(shown.low[differs], shown.high[differs], strict=True)):
        axes.plot(*np.transpose(ends), **_SPREAD | ({"label": "_"} if number else {}))


def _draw_limit(axes: Axes) -> None:
    low, high = axes.get_xlim()
    if low / 1.5 <= REALTIME_LIMIT <= high * 1.5:
        label = f"real-time limit, {REALTIME_LIMIT}"
        axes.axvline(REALTIME_LIMIT, color="0.2", linestyle="--", linewidth=1, label=label)


def _draw_solid(axes: Any, shown: Panel, plot: Plot, labels: list[str]) -> None:
    _draw_spread(axes, shown)
    for rows, style in _markers(shown):
        axes.scatter(*(rows[column] for column in plot.columns), depthshade=False, **style)
    floor = axes.get_zlim()[0]
    for x, y, z in shown.front[list(plot.columns)].itertuples(index=False):
        axes.plot([x, x], [y, y], [floor, z], color="0.75", linewidth=0.7, zorder=1)
    axes.set_title(shown.title, fontsize=9)
    axes.view_init(elev=22, azim=-55)
    axes.set_box_aspect((1.3, 1.3, 1.0))
    axes.tick_params(labelsize=7)
    for label, axis in zip(labels, (axes.xaxis, axes.yaxis, axes.zaxis), strict=True):
        axis.set_label_text(label, fontsize=8)
        axis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1000:g}k"))


def _dress(figure: Figure, title: str) -> None:
    """Add the title and the legend, outside the axes."""
    figure.suptitle(title, fontsize=11, fontweight="bold")
    handles, labels = figure.axes[0].get_legend_handles_labels()
    entries = dict(zip(labels, handles, strict=True))
    columns = 3 if len(entries) in (3, 5) else 2
    figure.legend(
        entries.values(), entries.keys(), loc="outside lower center", ncols=columns, fontsize=8, frameon=False
    )


def _write_names(axes: Axes, shown: Panel, plot: Plot) -> None:
    tips = _TIPS * axes.figure.dpi / 72
    markers = np.vstack([_pixels(axes, rows, plot) for rows, _ in _markers(shown)])
    taken = [(markers[:, None] + tips).reshape(-1, 2)]
    if not plot.is_solid:
        taken += [along(_pixels(axes, shown.edge, plot)), *map(line_through, axes.texts)]
    named = shown.named
    if plot.is_solid or len(named) > _FLAT_NAMES:
        named = named.nsmallest(_SOLID_NAMES if plot.is_solid else _FLAT_NAMES, plot.columns[-1])
    anchors = _pixels(axes, named, plot)
    place_labels(
        axes,
        anchors,
        [shortened(str(candidate)) for candidate in named["candidate"]],
        np.vstack(taken),
        with_lines=not plot.is_solid,
    )


def _pixels(axes: Axes, rows: pd.DataFrame, plot: Plot) -> NDArray[np.float64]:
    points = rows[list(plot.columns)].to_numpy(dtype=float)
    if plot.is_solid:
        x, y, _ = proj3d.proj_transform(*points.T, axes.get_proj())  # type: ignore[attr-defined]
        points = np.column_stack([x, y])
    return np.asarray(axes.transData.transform(points))
