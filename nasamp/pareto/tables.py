"""The results as CSV files, one row a finished run, columns as in ``quantities.COLUMNS``."""

from pathlib import Path

import pandas as pd

from nasamp.atomic import replacing
from nasamp.pareto.front import Analysis
from nasamp.quantities import COLUMNS


def write_tables(analysis: Analysis, folder: Path) -> list[Path]:
    """Write a table per phase that has finished runs, all of them with ``on_front``, and the front."""
    runs, columns = analysis.runs, list(COLUMNS)
    tables = {
        f"phase{number}_results.csv": runs.loc[runs["phase"] == phase, columns]
        for number, phase in enumerate(analysis.phases, start=1)
    }
    tables = {name: table for name, table in tables.items() if len(table)}
    tables["all_results.csv"] = runs[[*columns, "on_front"]]
    tables["pareto_frontier.csv"] = analysis.front[columns]
    return [_write(table, folder / name) for name, table in tables.items()]


def _write(table: pd.DataFrame, path: Path) -> Path:
    with replacing(path) as draft:
        table.to_csv(draft, index=False)
    return path
