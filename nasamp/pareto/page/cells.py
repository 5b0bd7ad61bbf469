"""Tables of the page: cells as text, and the numbers that they are sorted by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nasamp.pareto import markdown
from nasamp.pareto.candidates import KEY, numbers
from nasamp.pareto.front import Analysis, costs
from nasamp.pareto.page.links import Links
from nasamp.pareto.page.points import number
from nasamp.quantities import QUANTITIES, of

_QUALITIES = ("seed", "val_esr", "val_esr_db", "test_esr_db", "val_loss")
_TRAINING = ("epochs", "training_seconds")


@dataclass(frozen=True)
class Table:
    """A table of texts; a header is a title, and whether the column holds numbers."""

    headers: list[tuple[str, bool]]
    rows: list[list[str]]


def table(rows: pd.DataFrame, columns: Sequence[str]) -> Table | None:
    """Return a table of the columns that are not empty, as in summary.md; None without rows."""
    if rows.empty:
        return None
    return Table(*markdown.content(rows, markdown.shown(rows, columns)))


def runs(part: Analysis, point_of: dict[tuple[str, ...], str], links: Links) -> dict[str, Any]:
    """Return the table of all finished runs of a recording, the analysed phase first, the best first in each phase.

    ``columns`` are quantities; a row has a name, kind (front, dominated, scan or incomparable), phase, the id of its
    point, a cell (text and number) for each column, and links.
    """
    ordered = part.runs.assign(is_earlier=part.runs["phase"] != part.phase)
    ordered = ordered.sort_values(["is_earlier", "phase", "val_esr", "id"], kind="stable")
    is_hidden = {
        "seed": ordered["seed"].nunique() < 2,
        "val_loss": np.allclose(ordered["val_loss"], ordered["val_esr"], rtol=1e-4, equal_nan=True),
    }
    own = [column for column in numbers(ordered) if column not in QUANTITIES]
    columns = (*_QUALITIES, *costs(part), *_TRAINING, *own)
    filled = [column for column in columns if ordered[column].notna().any() and not is_hidden.get(column)]
    shown = [of(column) for column in filled]
    incomparable = set(part.incomparable.index)
    rows = []
    for place, row in ordered.iterrows():
        kind = "front" if row["on_front"] else "dominated" if row["phase"] == part.phase else "scan"
        cells = [(markdown.text(row[each.column], each), number(row[each.column])) for each in shown]
        described = {"name": row["candidate"], "full_name": row["name"], "phase": row["phase"]}
        described |= {
            "kind": "incomparable" if place in incomparable else kind,
            "cells": cells,
            "files": links.files(row),
        }
        described |= {"point": point_of.get(tuple(row[column] for column in KEY))}
        rows.append(described | {"folder": links.folder(row), "wandb": links.wandb(row)})
    return {"columns": shown, "rows": rows}
