"""The page's recommendations in words: which model to load, and why."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from nasamp.pareto.front import Analysis, costs
from nasamp.pareto.job_files import place
from nasamp.pareto.markdown import text
from nasamp.pareto.page.links import Links
from nasamp.pareto.picks import Pick
from nasamp.quantities import QUANTITIES, of


def answer(picks: Sequence[Pick], cost: str) -> str:
    """Return which model to load, as Markdown; empty where no quality was measured."""
    best = {pick.title: pick.row for pick in picks}
    quality, cheap = best.get("Best quality"), best.get("Most efficient")
    if quality is None:
        return ""
    closest = f"**{quality['candidate']}** is closest to the amp: validation ESR {_esr(quality)}."
    if cheap is None or pd.isna(quality[cost]):
        return closest
    if place(cheap) == place(quality):
        return f"{closest} No cheaper model is within twice its ESR."
    share = percent(cheap[cost] / quality[cost])
    return f"{closest} **{cheap['candidate']}** has {share} of its {of(cost).label}, at an ESR of {_esr(cheap)}."


def cards(picks: Sequence[Pick], part: Analysis, links: Links) -> list[dict[str, Any]]:
    """Return a card for each picked model, with all its titles and reasons."""
    return [_card(list(group), costs(part), links) for group in _by_model(picks)]


def percent(ratio: float) -> str:
    """Return a ratio as a percentage with two digits.

    >>> percent(0.00142), percent(1.018)
    ('0.14 %', '102 %')
    """
    return f"{100 * ratio:.0f} %" if ratio >= 0.1 else f"{100 * ratio:.2g} %"


def _by_model(picks: Sequence[Pick]) -> Iterator[Iterator[Pick]]:
    """Return the picks grouped by model, in the order of each model's first pick."""
    order = list(dict.fromkeys(place(pick.row) for pick in picks))
    ranked = sorted(picks, key=lambda pick: order.index(place(pick.row)))
    return (group for _, group in itertools.groupby(ranked, key=lambda pick: place(pick.row)))


def _card(picks: list[Pick], columns: Sequence[str], links: Links) -> dict[str, Any]:
    row = picks[0].row
    numbers = [(QUANTITIES[column].axis, _text(row, column)) for column in columns if pd.notna(row[column])]
    return {
        "titles": [pick.title for pick in picks],
        "reasons": [(pick.title, pick.reason) for pick in picks],
        "point": place(row),
        "name": str(row["candidate"]),
        "quality": f"{_text(row, 'val_esr_db')} dB",
        "ratio": _text(row, "val_esr"),
        "test": None if pd.isna(row["test_esr_db"]) else f"{_text(row, 'test_esr_db')} dB",
        "numbers": numbers,
        "engine": None if pd.isna(row["rtf_engine"]) else str(row["rtf_engine"]),
        "files": links.files(row),
        "folder": links.folder(row),
        "seeds": int(row["seeds"]),
        "seed": row["seed"],
    }


def _esr(row: pd.Series) -> str:
    return f"{_text(row, 'val_esr')} ({_text(row, 'val_esr_db')} dB)"


def _text(row: pd.Series, column: str) -> str:
    return text(row[column], QUANTITIES[column]).replace("-", "\N{MINUS SIGN}")
