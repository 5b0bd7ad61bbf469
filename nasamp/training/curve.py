"""The training curve of a job: history.csv in its folder, a row for each validation."""

import csv
from collections.abc import Iterable, Mapping
from math import isfinite
from pathlib import Path

from nasamp.atomic import replacing

FILE = "history.csv"
KEYS = ("step", "epoch", "train/loss", "val/loss", "val/esr")

Rows = list[dict[str, float]]


def write(folder: Path, rows: Iterable[Mapping[str, float]]) -> None:
    """Write the logged rows, with a column for each metric; cells without a value are empty."""
    rows = list(rows)
    columns = dict.fromkeys([*KEYS, *(key for row in rows for key in row)])
    with replacing(folder / FILE) as draft, draft.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, columns)
        table.writeheader()
        table.writerows(rows)


def read(folder: Path) -> Rows:
    """Return ``KEYS`` of each validation with a finite ESR, in order; empty if there is no file."""
    path = folder / FILE
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{key: _number(row.get(key)) for key in KEYS} for row in csv.DictReader(file)]
    return [row for row in rows if isfinite(row["val/esr"]) and isfinite(row["train/loss"])]


def _number(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return float("nan")
