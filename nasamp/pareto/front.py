"""Computes the Pareto front: which candidates compete, which are non-dominated, which cannot be compared."""

from collections.abc import Sequence
from dataclasses import dataclass

import moocore  # type: ignore[import-untyped]
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasamp.errors import ConfigError, NothingUsable
from nasamp.pareto.candidates import KEY, candidates, numbers
from nasamp.quantities import COLUMNS, DESCRIBING, MEASURED, OBJECTIVES, QUANTITIES, WHOLE, Better, objective
from nasamp.schema.keys import did_you_mean

_COSTS = ("macs_per_sample", "parameters", "latency_ms", "rtf_mean")
REFERENCE = 1.1  # of the hypervolume, in every scaled objective


def front(values: NDArray[np.float64], better: Sequence[Better]) -> NDArray[np.bool_]:
    """Return which rows are non-dominated; equal rows all stay.

    A dominates B if A is at least as good everywhere and better somewhere.

    Args:
        values: shape (rows, objectives).
        better: the better direction of each objective.

    Raises:
        ValueError: for NaN, which cannot be ranked: drop those rows first.

    >>> front(np.array([[1.0, 3.0], [2.0, 2.0], [2.0, 3.0]]), ["lower", "lower"]).tolist()
    [True, True, False]
    """
    if np.isnan(values).any():
        raise ValueError("values: NaN cannot be ranked; drop those rows first")
    maximise = [direction == "higher" for direction in better]
    return np.asarray(moocore.is_nondominated(values, maximise=maximise, keep_weakly=True), dtype=np.bool_)


def scaled(values: NDArray[np.float64], better: Sequence[Better]) -> NDArray[np.float64]:
    """Return the objectives scaled from 0 (the best of these rows) to 1 (the worst); a constant one becomes 0."""
    signed = values * np.where([direction == "higher" for direction in better], -1.0, 1.0)
    ideal, worst = signed.min(axis=0), signed.max(axis=0)
    return np.asarray((signed - ideal) / np.where(worst > ideal, worst - ideal, 1.0))


def hypervolume(values: NDArray[np.float64], better: Sequence[Better]) -> float:
    """Return the volume that the front dominates, with the reference point 1.1 in every objective; NaN without rows.

    Objectives are scaled by the range of these rows, so hypervolumes of different tables cannot be compared.

    >>> round(hypervolume(np.array([[0.0, 10.0], [5.0, 0.0]]), ["lower", "lower"]), 6)
    0.21
    """
    if not len(values):
        return float("nan")
    unit = scaled(values, better)[front(values, better)]
    return float(moocore.hypervolume(np.unique(unit, axis=0), ref=[REFERENCE] * unit.shape[1]))


@dataclass(frozen=True)
class Analysis:
    """The runs of a search, grouped; every table has the columns of ``quantities.COLUMNS`` and the user's own.

    Attributes:
        cost: the column of the models' cost; it need not be an objective.
        phases: as given, in order; ``phase`` is the one analysed, the last that has a finished run.
        runs: the finished runs of all phases, with ``on_front``: whether their candidate is on the front.
        competing: the candidates of ``phase``, see ``candidates``, from the runs with a finite value in each objective.
        front: the competing candidates that no other of the same recording dominates, by the second objective.
        scan_only: the candidates of earlier phases, which do not compete.
        incomparable: the runs of ``phase`` without a finite value in some objective.
        hypervolume: see ``hypervolume``; with several recordings the mean over them.
    """

    objectives: tuple[str, ...]
    better: tuple[Better, ...]
    cost: str
    phases: tuple[str, ...]
    phase: str
    runs: pd.DataFrame
    competing: pd.DataFrame
    front: pd.DataFrame
    scan_only: pd.DataFrame
    incomparable: pd.DataFrame
    failed: pd.DataFrame
    running: pd.DataFrame
    hypervolume: float


def costs(analysis: Analysis) -> list[str]:
    """Return the columns of what a model costs, the search's measure first, in the order of the tables."""
    return list(dict.fromkeys([analysis.cost, *_COSTS]))


def analyse(runs: pd.DataFrame, objectives: Sequence[str], phases: Sequence[str], cost: str) -> Analysis:
    """Return the analysis of a table of runs; rows of phases that are not named are ignored.

    Raises:
        ConfigError: for an objective without a better direction, or that is no column with numbers.
        NothingUsable: where no run has finished, or no finished run has a value for every objective.
    """
    table = _complete(runs)
    objectives, better = columns_of(objectives, table)
    known = table[table["phase"].isin(list(phases))]
    finished = known[known["status"] == "finished"].copy()
    phase = _last_finished(finished, phases, known)

    last = finished["phase"] == phase
    comparable = np.isfinite(finished[list(objectives)].to_numpy(dtype=float)).all(axis=1)
    competing = candidates(finished[last & comparable], objectives[0], better[0])
    if competing.empty:
        raise NothingUsable(
            f"phase {phase}: no finished run has a value for every objective ({', '.join(objectives)}); "
            "choose objectives that were measured"
        )
    competing["on_front"], volume = _fronts(competing, objectives, better)
    best = competing[competing["on_front"]]
    members = pd.MultiIndex.from_frame(finished[KEY]).isin(pd.MultiIndex.from_frame(best[KEY]))
    finished["on_front"] = members & last & comparable
    order = ["recording", *dict.fromkeys([*objectives[1:2], *objectives, "id"])]
    return Analysis(
        objectives=objectives,
        better=better,
        cost=cost,
        phases=tuple(phases),
        phase=phase,
        runs=finished,
        competing=competing,
        front=best.sort_values(order, kind="stable"),
        scan_only=candidates(finished[~last], objectives[0], better[0]),
        incomparable=finished[last & ~comparable],
        failed=known[known["status"] == "failed"],
        running=known[~known["status"].isin(["finished", "failed"])],
        hypervolume=volume,
    )


def columns_of(written: Sequence[str], runs: pd.DataFrame) -> tuple[tuple[str, ...], tuple[Better, ...]]:
    """Return the columns of the objectives and their better directions; raises ConfigError for a wrong one."""
    try:
        columns, better = zip(*map(objective, written), strict=True)
    except ValueError as error:
        raise ConfigError(f"objectives: {error if written else 'found none'}") from None
    measured = [*OBJECTIVES, *(name for name in numbers(runs) if name not in QUANTITIES)]
    if wrong := [name for name in columns if name not in (*measured, *MEASURED, *WHOLE)]:
        raise ConfigError(f"objectives: {wrong[0]!r} is no column with numbers{did_you_mean(wrong[0], measured)}")
    return columns, better


def _complete(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the runs with every column, numbers converted (W&B stores NaN as text) and a new index."""
    extra = [column for column in runs.columns if column not in QUANTITIES]
    table = runs.reset_index(drop=True).reindex(columns=[*COLUMNS, *dict.fromkeys([*extra, "candidate"])])
    table["candidate"] = table["candidate"].astype(object).fillna(table["name"])
    own = [column for column in extra if column not in DESCRIBING and _holds_numbers(table[column])]
    for column in (*MEASURED, *own):
        table[column] = pd.to_numeric(table[column], errors="coerce")
    table["recording"] = table["recording"].astype(object).fillna("")  # groupby drops NaN
    return table


def _holds_numbers(column: pd.Series) -> bool:
    """Return whether a column of the user's own holds only numbers."""
    values = [value for value in column.dropna() if value != "NaN"]
    return bool(values) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _last_finished(finished: pd.DataFrame, phases: Sequence[str], known: pd.DataFrame) -> str:
    seen = set(finished["phase"])
    for phase in reversed(phases):
        if phase in seen:
            return phase
    counts = ", ".join(f"{count} {status}" for status, count in known["status"].value_counts().sort_index().items())
    failed = list(known.loc[known["status"] == "failed", "error"].dropna()) if "error" in known else []
    why = "".join(
        f"; the first failed with: {str(error).strip().splitlines()[0][:200]}" for error in failed[:1] if error
    )
    raise NothingUsable(
        f"no finished run in the phases {', '.join(phases)}: {counts or 'none was started'}{why}; "
        "run the search's command again to finish it"
    )


def _fronts(rows: pd.DataFrame, objectives: Sequence[str], better: Sequence[Better]) -> tuple[NDArray[np.bool_], float]:
    """Return which rows are on the front of their recording, and the mean hypervolume over recordings."""
    values = rows[list(objectives)].to_numpy(dtype=float)
    chosen = np.zeros(len(rows), dtype=np.bool_)
    volumes = []
    for places in rows.groupby("recording").indices.values():
        chosen[places] = front(values[places], better)
        volumes.append(hypervolume(values[places], better))
    return chosen, float(np.mean(volumes))
