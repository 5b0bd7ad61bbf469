"""Candidates: all runs of one model on one recording, whatever their seed, as one row."""

import numpy as np
import pandas as pd

from nasamp.quantities import DESCRIBING, MEASURED, QUANTITIES, Better

KEY = ["phase", "recording", "candidate"]
_NOT_OWN = (*QUANTITIES, *DESCRIBING, "on_front", "seeds")
QUALITY = ("val_esr", "val_esr_db", "test_esr", "test_esr_db")  # shown beside the objectives
_RATIOS = {"val_esr": "val_esr_db", "test_esr": "test_esr_db"}


def own_columns(runs: pd.DataFrame) -> list[str]:
    """Return the columns that callbacks of the user's own filled."""
    return [str(column) for column in runs.columns if column not in _NOT_OWN and not str(column).endswith("_spread")]


def numbers(runs: pd.DataFrame) -> list[str]:
    """Return the columns with measured numbers, those of the user's own last."""
    return [*MEASURED, *(column for column in own_columns(runs) if runs[column].dtype.kind in "iuf")]


def candidates(runs: pd.DataFrame, objective: str, better: Better) -> pd.DataFrame:
    """Return a row for each candidate, with the columns of the runs, ``seeds`` and spreads.

    A number is the mean over the seeds that have it (decibels of an ESR are those of its mean), and ``X_spread`` beside
    it the largest minus the smallest, NaN for one seed. What is no number, such as the files, is that of the seed
    which is best by the objective. Without a second seed the rows are the runs, and nothing has a spread.
    """
    if not runs.duplicated(KEY).any():
        return runs.assign(seeds=1)
    best = runs.sort_values(objective, ascending=better == "lower", kind="stable").drop_duplicates(KEY).sort_index()
    measured = numbers(runs)
    groups = runs.groupby(KEY)[measured]
    place = pd.MultiIndex.from_frame(best[KEY])
    seeds = groups.size().loc[place].to_numpy()
    means, low, high = (table.loc[place].set_axis(best.index) for table in (groups.mean(), groups.min(), groups.max()))
    for ratio, decibels in _RATIOS.items():
        means[decibels] = means[decibels].where(means[ratio].isna(), 10 * np.log10(means[ratio]))
    spreads = high - low
    varied = [column for column in measured if (spreads[column] > 0).any()]  # a cost stays equal to the last bit
    rows = best.assign(seeds=seeds, **{name: means[name].where(spreads[name] > 0, best[name]) for name in varied})
    columns = {f"{name}_spread": spreads[name].where(seeds > 1) for name in varied}
    return rows.assign(**columns, realtime_capable=_by_all(runs, place))


def spread(rows: pd.DataFrame, column: str) -> pd.Series:
    """Return the spread of a column over the seeds of each row, 0 where none is known."""
    if f"{column}_spread" in rows:
        return rows[f"{column}_spread"].fillna(0.0)
    return pd.Series(0.0, index=rows.index)


def have_seeds(rows: pd.DataFrame) -> bool:
    """Return whether any candidate has several seeds."""
    return bool((rows["seeds"] > 1).any())


def titled(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the candidate as the name of those that stand for several runs."""
    return rows.assign(name=rows["candidate"].where(rows["seeds"] > 1, rows["name"]))


def count(rows: pd.DataFrame) -> str:
    """Return how many rows there are, as runs, or as models where a row stands for several runs."""
    noun = "model" if have_seeds(rows) else "run"
    return f"{len(rows)} {noun}{'s' * (len(rows) != 1)}"


def _by_all(runs: pd.DataFrame, place: pd.MultiIndex) -> np.ndarray:
    """Return for each candidate whether all its seeds run in real time; NaN where none was measured."""
    measured = runs.dropna(subset=["realtime_capable"])
    return measured.groupby(KEY)["realtime_capable"].min().reindex(place).to_numpy()
