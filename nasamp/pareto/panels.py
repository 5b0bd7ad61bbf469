"""What each plot shows of each recording: which rows, on which axes, under which names."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasamp.pareto.by_recording import names
from nasamp.pareto.candidates import KEY, count
from nasamp.pareto.front import Analysis, front


@dataclass(frozen=True)
class Plot:
    """One file, with two or three axes; ``log`` are those with a logarithmic scale.

    Every quantity that is drawn is better when lower.
    """

    file: str
    columns: tuple[str, ...]
    log: tuple[str, ...] = ()

    @property
    def is_solid(self) -> bool:
        """Return whether it has three axes."""
        return len(self.columns) == 3


PLOTS = (
    Plot("quality_vs_latency.png", ("latency_ms", "val_esr"), log=("val_esr",)),
    Plot("quality_vs_params.png", ("parameters", "val_esr"), log=("parameters", "val_esr")),
    Plot("latency_vs_params.png", ("parameters", "latency_ms"), log=("parameters", "latency_ms")),
    Plot("quality_vs_cpu_rtf.png", ("rtf_mean", "val_esr"), log=("val_esr",)),
    Plot("pareto_3d.png", ("latency_ms", "parameters", "val_esr_db")),
)


@dataclass(frozen=True)
class Panel:
    """The candidates of one recording, by marker.

    ``edge`` is the front of the plot's own axes, ``named`` gets names, ``low`` and ``high`` are the ends of the spread
    of those with several seeds, shape (candidates, axes).
    """

    title: str
    scan_only: pd.DataFrame
    dominated: pd.DataFrame
    front: pd.DataFrame
    edge: pd.DataFrame
    named: pd.DataFrame
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def panel(part: Analysis, plot: Plot) -> Panel:
    """Return what ``plot`` shows of an analysis of one recording, without the rows that have no place on its axes."""
    competing = part.competing
    rows, columns = drawable(competing, plot), list(plot.columns)
    edge = rows[front(rows[columns].to_numpy(dtype=float), ["lower"] * len(columns))].sort_values(columns)
    own = rows[rows["on_front"]].sort_values(columns)
    has_quality = plot.columns[-1].startswith("val_")  # of two costs, the edge is only the smallest model
    missing = len(competing) - len(rows)
    counts = f"{count(competing)}, {len(part.front)} on the front"
    return Panel(
        title=f"{names(part)[0]}: {counts}".removeprefix(": ") + (f", {missing} not measured here" if missing else ""),
        scan_only=drawable(part.scan_only, plot),
        dominated=rows[~rows["on_front"]],
        front=own,
        edge=edge,
        named=edge if has_quality and not plot.is_solid else own,
        low=_ends(part, rows, columns, "min"),
        high=_ends(part, rows, columns, "max"),
    )


def _ends(part: Analysis, rows: pd.DataFrame, columns: list[str], which: str) -> NDArray[np.float64]:
    """Return the place of each candidate with several seeds, with the quality of its lowest or highest one."""
    several = rows[rows["seeds"] > 1]
    ends = part.runs.drop(part.incomparable.index).groupby(KEY)[columns[-1]].agg(which)
    heights = ends.reindex(pd.MultiIndex.from_frame(several[KEY])).to_numpy(dtype=float)
    return np.column_stack([several[columns[:-1]].to_numpy(dtype=float), heights])


def drawable(rows: pd.DataFrame, plot: Plot) -> pd.DataFrame:
    """Return the rows that have a place on every axis; a logarithm needs more than zero."""
    values, logged = (rows[list(columns)].to_numpy(dtype=float) for columns in (plot.columns, plot.log))
    there: NDArray[np.bool_] = np.isfinite(values).all(axis=1) & (logged > 0).all(axis=1)
    return rows.loc[there]
