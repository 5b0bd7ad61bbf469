"""Chooses logarithmic axes, and labels them with plain numbers."""

from dataclasses import replace

from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter

from nasamp.pareto.front import Analysis
from nasamp.pareto.panels import Plot, drawable

_WIDE = 20.0  # largest over smallest; above it a linear axis would crowd the small models in one corner


def with_wide_axes_logarithmic(analysis: Analysis, plot: Plot) -> Plot:
    """Return the plot with logarithmic axes for the quantities that span a wide range."""
    if plot.is_solid:
        return plot  # matplotlib has no logarithmic axes in 3D
    span = drawable(analysis.runs, plot)[list(plot.columns)].agg(["min", "max"])
    low, high = span.loc["min"], span.loc["max"]
    wide = [column for column in plot.columns if 0 < low[column] * _WIDE < high[column]]
    return replace(plot, log=tuple(dict.fromkeys([*plot.log, *wide])))


def plain_numbers(axis: Axis) -> None:
    """Label a logarithmic axis with numbers such as 0.02 and 10,000 instead of powers, fewer on a wide one."""

    def text(value: float, _: int | None = None) -> str:
        low, high = axis.get_view_interval()
        shown = (
            "1" if high > 1000 * low else "125" if high > 4 * low else "12345678" if high > 2.5 * low else "123456789"
        )
        return f"{value:,.6g}" if f"{value:.0e}"[0] in shown else ""

    axis.set_major_formatter(FuncFormatter(text))
    axis.set_minor_formatter(FuncFormatter(text))
