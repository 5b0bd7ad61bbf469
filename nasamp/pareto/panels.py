"""Chooses what each plot shows of a recording: rows, axes and names."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasamp.pareto.by_recording import names
from nasamp.pareto.candidates import KEY, count_with_front
from nasamp.pareto.front import Analysis, front


@dataclass(frozen=True)
class Plot:
    """One file with two or three axes, of quantities that are better when lower; ``log`` are the logarithmic axes."""

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
    """The candidates of one recording, grouped by marker.

    ``edge`` is the front on the plot's own axes, ``named`` are the rows with names, ``low`` and ``high`` the ends of
    the spread of candidates with several seeds, shape (candidates, axes).
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
    """Return what a plot shows of one recording; rows without a value on one of its axes are left out."""
    competing = part.competing
    rows, columns = drawable(competing, plot), list(plot.columns)
    edge = rows[front(rows[columns].to_numpy(dtype=float), ["lower"] * len(columns))].sort_values(columns)
    own = rows[rows["on_front"]].sort_values(columns)
    has_quality = plot.columns[-1].startswith("val_")  # between two costs, the edge is just the smallest model
    missing = len(competing) - len(rows)
    counts = count_with_front(competing)
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
    """Return the position of each candidate with several seeds, at the quality of its lowest or highest seed."""
    several = rows[rows["seeds"] > 1]
    ends = part.runs.drop(part.incomparable.index).groupby(KEY)[columns[-1]].agg(which)
    heights = ends.reindex(pd.MultiIndex.from_frame(several[KEY])).to_numpy(dtype=float)
    return np.column_stack([several[columns[:-1]].to_numpy(dtype=float), heights])


def drawable(rows: pd.DataFrame, plot: Plot) -> pd.DataFrame:
    """Return the rows with a finite value on every axis, above zero on logarithmic ones."""
    values, logged = (rows[list(columns)].to_numpy(dtype=float) for columns in (plot.columns, plot.log))
    there: NDArray[np.bool_] = np.isfinite(values).all(axis=1) & (logged > 0).all(axis=1)
    return rows.loc[there]
