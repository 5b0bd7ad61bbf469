"""Writes the results as CSV files: the columns of ``quantities.COLUMNS``, then the user's own."""

from pathlib import Path

import pandas as pd

from nasamp.atomic import replacing
from nasamp.pareto.candidates import QUALITY, have_seeds, own_columns
from nasamp.pareto.front import Analysis
from nasamp.quantities import COLUMNS


def write_tables(analysis: Analysis, folder: Path) -> list[Path]:
    """Write a table of each phase with finished runs, one of all runs with ``on_front``, and one of the front.

    The front has a row for each candidate, the others one for each run. With several seeds its numbers are means,
    followed by ``candidate``, ``seeds`` and the spreads; id, name, seed and files are those of the best seed.
    """
    runs, columns = analysis.runs, [*COLUMNS, *own_columns(analysis.runs)]
    tables = {
        f"phase{number}_results.csv": runs.loc[runs["phase"] == phase, columns]
        for number, phase in enumerate(analysis.phases, start=1)
    }
    tables = {name: table for name, table in tables.items() if len(table)}
    tables["all_results.csv"] = runs[[*columns, "on_front"]]
    more = ["candidate", "seeds", *(f"{name}_spread" for name in dict.fromkeys([*analysis.objectives, *QUALITY]))]
    is_mean = have_seeds(analysis.competing)
    tables["pareto_frontier.csv"] = analysis.front[
        columns + [name for name in more if is_mean and name in analysis.front]
    ]
    return [_write(table, folder / name) for name, table in tables.items()]


def _write(table: pd.DataFrame, path: Path) -> Path:
    with replacing(path) as draft:
        table.to_csv(draft, index=False)
    return path
