"""The plots of a search, as PNG files: each trade-off of two quantities, and three at once."""

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
from nasamp.pareto.front import Analysis
from nasamp.pareto.labels import along, line_through, place_labels, short_name
from nasamp.pareto.panels import PLOTS, Panel, Plot, drawable, panel
from nasamp.pareto.references import References, draw
from nasamp.pareto.scales import plain_numbers, with_wide_axes_logarithmic
from nasamp.quantities import QUANTITIES, REALTIME_LIMIT

_SOLID_NAMES = 12  # in a 3-D plot, those with the best quality; more hide the points
_TIPS = 3.0 * np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]])  # points, of a marker

# The colours are Okabe and Ito's, for the colour-blind; shapes and fillings differ too, for print.
_LINE: dict[str, Any] = {"color": "#0072B2", "linewidth": 1.3, "zorder": 2.5, "label": "front of these two axes"}
_MARKERS: dict[str, dict[str, Any]] = {
    "front": {"marker": "D", "s": 40, "facecolors": "#D55E00", "edgecolors": "black", "linewidths": 0.7, "zorder": 4},
    "dominated": {"marker": "o", "s": 28, "color": "0.62", "linewidths": 0, "zorder": 3},
    "scan_only": {"marker": "o", "s": 24, "facecolors": "none", "edgecolors": "0.55", "linewidths": 0.8, "zorder": 2},
}


def plot_all(
    analysis: Analysis, folder: Path, *, search_name: str = "", references: References = MappingProxyType({})
) -> list[Path]:
    """Write the plots and return their paths; one whose numbers no competing run has is skipped.

    Args:
        search_name: for the titles; the folder's name where it is empty.
        references: lines on the plots of the validation ESR.
    """
    title = search_name or folder.resolve().name
    plots = [plot for plot in PLOTS if len(drawable(analysis.competing, plot))]
    return [_write(_figure(analysis, plot, title, references), folder / plot.file) for plot in plots]


def _write(figure: Figure, path: Path) -> Path:
    with replacing(path) as draft:
        figure.savefig(draft)
    return path


def _figure(analysis: Analysis, plot: Plot, title: str, references: References) -> Figure:
    """Return one panel a recording, at most three in a row, on shared axes."""
    plot = with_wide_axes_logarithmic(analysis, plot)
    recordings = sorted(analysis.competing["recording"].unique())
    across = min(len(recordings), 3)
    down = -(-len(recordings) // across)
    figure = Figure(figsize=(max(6.4, 4.4 * across), 1.1 + 3.7 * down), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    settings: dict[str, Any] = (
        {"subplot_kw": {"projection": "3d"}} if plot.is_solid else {"sharex": True, "sharey": True}
    )
    every = list(figure.subplots(down, across, squeeze=False, **settings).flat)
    for spare in every[len(recordings) :]:
        spare.remove()
    panels = [(axes, panel(analysis, plot, name)) for axes, name in zip(every, recordings, strict=False)]
    for (axes, shown), recording in zip(panels, recordings, strict=True):
        (_draw_solid if plot.is_solid else _draw_flat)(axes, shown, plot, _labels(analysis, plot))
        if plot.columns[-1] == "val_esr":
            draw(axes, references.get(recording, {}))
    _dress(figure, title)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # names are placed in pixels: nothing may move from here on
    for axes, shown in panels:
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
    for rows, style in _markers(shown):
        axes.scatter(rows[x], rows[y], **style)
        points = rows[[x, y]].to_numpy(dtype=float)
        axes.update_datalim([points.min(axis=0) / 1.1, points.max(axis=0) * 1.1])  # a single run gets a range too
    if shown.edge[x].nunique() > 1:
        axes.step(shown.edge[x], shown.edge[y], where="post", **_LINE)
    axes.set_title(shown.title, fontsize=9, loc="left")
    axes.set_xlabel(labels[0], fontsize=9)
    axes.set_ylabel(labels[1] if axes.get_subplotspec().is_first_col() else "", fontsize=9)  # type: ignore[union-attr]
    axes.grid(color="0.92", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.margins(0.08)
    axes.tick_params(which="both", labelsize=8, length=3, pad=3, labelbottom=True)
    for column, axis, set_scale in ((x, axes.xaxis, axes.set_xscale), (y, axes.yaxis, axes.set_yscale)):
        if column in plot.log:
            set_scale("log")
            plain_numbers(axis)
    if x == "rtf_mean":
        _draw_limit(axes)


def _markers(shown: Panel) -> list[tuple[pd.DataFrame, dict[str, Any]]]:
    phases = ", ".join(str(phase) for phase in shown.scan_only["phase"].unique())
    labels = {"front": "on the front of the objectives", "scan_only": f"scan-only ({phases})"}
    sets = {name: getattr(shown, name) for name in _MARKERS}
    return [(rows, {**_MARKERS[name], "label": labels.get(name, name)}) for name, rows in sets.items() if len(rows)]


def _draw_limit(axes: Axes) -> None:
    low, high = axes.get_xlim()
    if low / 1.5 <= REALTIME_LIMIT <= high * 1.5:
        label = f"limit of real time, {REALTIME_LIMIT}"
        axes.axvline(REALTIME_LIMIT, color="0.2", linestyle="--", linewidth=1, label=label)


def _draw_solid(axes: Any, shown: Panel, plot: Plot, labels: list[str]) -> None:
    for rows, style in _markers(shown):
        axes.scatter(*(rows[column] for column in plot.columns), depthshade=False, **style)
    floor = axes.get_zlim()[0]
    for x, y, z in shown.front[list(plot.columns)].itertuples(index=False):
        axes.plot([x, x], [y, y], [floor, z], color="0.75", linewidth=0.7, zorder=1)
    axes.set_title(shown.title, fontsize=9)
    axes.view_init(elev=22, azim=-55)
    is_alone = len(axes.figure.axes) == 1
    axes.set_box_aspect((1.3, 1.3, 1.0), zoom=1.0 if is_alone else 0.82)  # a layout ignores the labels of 3-D axes
    axes.tick_params(labelsize=7)
    for label, axis in zip(labels, (axes.xaxis, axes.yaxis, axes.zaxis), strict=True):
        axis.set_label_text(label, fontsize=8)
        axis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1000:g}k"))


def _dress(figure: Figure, title: str) -> None:
    """Add the title and one legend for all panels, outside them."""
    figure.suptitle(title, fontsize=11, fontweight="bold")
    pairs = [axes.get_legend_handles_labels() for axes in figure.axes]
    entries = {label: handle for pair in pairs for handle, label in zip(*pair, strict=True)}
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
    named = _with_ties_as_one(shown.named, plot)
    if plot.is_solid:
        named = named.nsmallest(_SOLID_NAMES, plot.columns[-1])
    anchors = _pixels(axes, named, plot)
    place_labels(axes, anchors, list(named["name"]), np.vstack(taken), with_lines=not plot.is_solid)


def _with_ties_as_one(rows: pd.DataFrame, plot: Plot) -> pd.DataFrame:
    """Return a row for each name at each place, with "(4 runs)" where several stand on one another."""
    short = rows.assign(name=[short_name(str(name)) for name in rows["name"]])
    key = ["name", *plot.columns]
    counts = short.groupby(key)["name"].transform("size")
    short["name"] += [f" ({count} runs)" if count > 1 else "" for count in counts]
    return short.drop_duplicates(key)


def _pixels(axes: Axes, rows: pd.DataFrame, plot: Plot) -> NDArray[np.float64]:
    points = rows[list(plot.columns)].to_numpy(dtype=float)
    if plot.is_solid:
        x, y, _ = proj3d.proj_transform(*points.T, axes.get_proj())  # type: ignore[attr-defined]
        points = np.column_stack([x, y])
    return np.asarray(axes.transData.transform(points))
