"""Formats tables and lists in Markdown, and numbers as their quantities define it."""

from collections.abc import Collection, Iterable, Sequence

import numpy as np
import pandas as pd

from nasamp import tables
from nasamp.quantities import QUANTITIES, Quantity, of

ABSENT = "-"
_SPREAD = "_spread"
_NAMES = ("name", "candidate")


def table(rows: pd.DataFrame, columns: Sequence[str]) -> str:
    """Return a Markdown table of the columns that are not empty; an empty text without rows."""
    quantities = shown(rows, columns)
    return tables.markdown(*content(rows, quantities, code=_NAMES)) if len(rows) else ""


def content(
    rows: pd.DataFrame, quantities: Sequence[Quantity], *, code: Collection[str] = ()
) -> tuple[list[tuple[str, bool]], list[list[str]]]:
    """Return the header of a table (titles, and whether the columns hold numbers) and its rows of texts.

    Args:
        rows: are not empty.
        code: columns that are marked as code.
    """
    cells = [
        [f"`{text(value, each)}`" if each.column in code else text(value, each) for value in rows[each.column]]
        for each in quantities
    ]
    return [(each.axis, bool(each.style)) for each in quantities], [list(row) for row in zip(*cells, strict=True)]


def bullets(lines: Iterable[str]) -> str:
    """Return a Markdown list."""
    return "\n".join(f"- {line}" for line in lines)


def shown(rows: pd.DataFrame, columns: Sequence[str]) -> list[Quantity]:
    """Return the columns that are not empty, as quantities."""
    filled = [column for column in columns if column in rows and not (rows[column].isna() | rows[column].eq("")).all()]
    return [_quantity(column) for column in filled]


def text(value: object, quantity: Quantity) -> str:
    """Return a value as text, in the format of its quantity."""
    if pd.isna(value):  # type: ignore[call-overload]
        return ABSENT
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float) and quantity.style in ("", ",d"):  # a column of integers with a gap holds floats
        return format(int(value), quantity.style) if value.is_integer() else f"{value:,.6g}"
    return format(value, quantity.style)


def with_spreads(columns: Sequence[str], measured: Sequence[str]) -> list[str]:
    """Return the columns, each of the measured ones followed by its spread over the seeds."""
    return [name for column in columns for name in (column, *([f"{column}{_SPREAD}"] if column in measured else []))]


def _quantity(column: str) -> Quantity:
    if column in QUANTITIES:
        return QUANTITIES[column]
    if column.endswith(_SPREAD):
        varied = of(column.removesuffix(_SPREAD))
        return Quantity(column, column, "spread", varied.unit, style=varied.style)
    return Quantity(column, column, column.replace("_", " "))
