"""Merges the runs of one model on one recording, which differ in their seed, into one row (a candidate)."""

import numpy as np
import pandas as pd

from nasamp.quantities import DESCRIBING, MEASURED, QUANTITIES, Better
from nasamp.search.terminal.text import count

KEY = ["phase", "recording", "candidate"]
_NOT_OWN = (*QUANTITIES, *DESCRIBING, "on_front", "seeds")
QUALITY = ("val_esr", "val_esr_db", "test_esr", "test_esr_db")  # shown beside the objectives
_RATIOS = {"val_esr": "val_esr_db", "test_esr": "test_esr_db"}


def own_columns(runs: pd.DataFrame) -> list[str]:
    """Return the columns that the user's own callbacks filled."""
    return [str(column) for column in runs.columns if column not in _NOT_OWN and not str(column).endswith("_spread")]


def numbers(runs: pd.DataFrame) -> list[str]:
    """Return the columns with measured numbers, the user's own last."""
    return [*MEASURED, *(column for column in own_columns(runs) if runs[column].dtype.kind in "iuf")]


def candidates(runs: pd.DataFrame, objective: str, better: Better) -> pd.DataFrame:
    """Return a row for each candidate, with the columns of the runs, ``seeds`` and spreads.

    A number is the mean over the seeds that have it (an ESR in dB is that of the mean ESR), and ``X_spread`` is the
    largest minus the smallest, NaN for one seed. Other values, such as files, are those of the seed that is best by
    the objective. If no model has a second seed, the rows are the runs, without spreads.
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
    """Return the spread of a column over the seeds of each row, 0 where it is unknown."""
    if f"{column}_spread" in rows:
        return rows[f"{column}_spread"].fillna(0.0)
    return pd.Series(0.0, index=rows.index)


def have_seeds(rows: pd.DataFrame) -> bool:
    """Return whether any candidate has several seeds."""
    return bool((rows["seeds"] > 1).any())


def titled(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the candidate as their name where a row stands for several runs."""
    return rows.assign(name=rows["candidate"].where(rows["seeds"] > 1, rows["name"]))


def count_with_front(rows: pd.DataFrame) -> str:
    """Return the number of candidates, and of those on the front.

    >>> [count_with_front(pd.DataFrame({"on_front": rows})) for rows in ([True, False], [True])]
    ['2 models, 1 on the front', '1 model, on the front']
    """
    members = int(rows["on_front"].sum())
    return f"{count(len(rows), 'model')}, {'' if members == len(rows) == 1 else f'{members:,} '}on the front"


def _by_all(runs: pd.DataFrame, place: pd.MultiIndex) -> np.ndarray:
    """Return whether all seeds of each candidate run in real time; NaN where none was measured."""
    measured = runs.dropna(subset=["realtime_capable"])
    return measured.groupby(KEY)["realtime_capable"].min().reindex(place).to_numpy()
