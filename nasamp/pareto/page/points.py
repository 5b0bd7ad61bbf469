"""The models of one recording as plain values for the page's scripts."""

from math import isfinite
from typing import Any

import pandas as pd

from nasamp.pareto.candidates import KEY, numbers, titled
from nasamp.pareto.front import Analysis
from nasamp.pareto.job_files import place
from nasamp.pareto.markdown import text
from nasamp.pareto.page.links import Links
from nasamp.quantities import Quantity, of

Point = dict[str, Any]


def axes(analysis: Analysis) -> list[Quantity]:
    """Return every quantity that at least one finished run has a number for."""
    better = dict(zip(analysis.objectives, analysis.better, strict=True))
    return [of(name, better.get(name)) for name in numbers(analysis.runs) if analysis.runs[name].notna().any()]


def points(part: Analysis, measured: list[Quantity], links: Links) -> list[Point]:
    """Return a point for each candidate of one recording: the competing ones, then those of earlier phases.

    ``id`` is phase/name of the best seed; ``kind`` is front, dominated or scan; ``value`` holds the numbers, ``text``
    the same as text, and ``seeds_from_to`` the lowest and highest of the seeds.
    """
    competing = titled(part.competing).assign(
        kind=part.competing["on_front"].map({True: "front", False: "dominated"}), best=part.competing["name"]
    )
    scanned = titled(part.scan_only).assign(kind="scan", best=part.scan_only["name"])
    tables = [table for table in (competing, scanned) if len(table)]
    rows = pd.concat(tables or [competing])
    groups = part.runs.drop(part.incomparable.index).groupby(KEY)[[quantity.column for quantity in measured]]
    ends = groups.min(), groups.max()
    return [_point(row, measured, links, *(table.loc[tuple(row[KEY])] for table in ends)) for _, row in rows.iterrows()]


def identifiers(part: Analysis) -> dict[tuple[str, ...], str]:
    """Return the id of each candidate's point, by ``candidates.KEY``."""
    rows = pd.concat([part.competing, part.scan_only])
    return {tuple(row[column] for column in KEY): place(row) for _, row in rows.iterrows()}


def number(value: Any) -> float | int | None:
    """Return a number for JSON, rounded to six digits; None for NaN and infinity.

    >>> number(float("nan")), number(0.123456789), number(7.0)
    (None, 0.123457, 7)
    """
    if pd.isna(value) or not isfinite(value):
        return None
    if float(value).is_integer():
        return int(value)
    return float(f"{value:.6g}")


def _point(row: pd.Series, measured: list[Quantity], links: Links, low: pd.Series, high: pd.Series) -> Point:
    own = row.copy()
    own["name"] = row["best"]
    known = [quantity for quantity in measured if number(row[quantity.column]) is not None]
    varied = [quantity.column for quantity in known if high[quantity.column] > low[quantity.column]]
    return {
        "id": place(own),
        "name": str(row["candidate"]),
        "full_name": str(row["name"]),
        "phase": str(row["phase"]),
        "kind": row["kind"],
        "seeds": int(row["seeds"]),
        "value": {quantity.column: number(row[quantity.column]) for quantity in known},
        "text": {quantity.column: text(row[quantity.column], quantity) for quantity in known},
        "seeds_from_to": {column: [number(low[column]), number(high[column])] for column in varied},
        "engine": _text_or_none(row["rtf_engine"]),
        "machine": _text_or_none(row["rtf_machine"]),
        "folder": links.folder(own),
        "wandb": links.wandb(own),
        "files": links.files(own),
    }


def _text_or_none(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)
