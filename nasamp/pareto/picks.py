"""Recommends up to four models of each recording."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from nasamp.pareto.front import Analysis, scaled
from nasamp.quantities import QUANTITIES, of
from nasamp.search.terminal.text import count

_ESR = QUANTITIES["val_esr"].label


@dataclass(frozen=True, eq=False)
class Pick:
    """A recommended candidate; ``reason`` is a sentence without its full stop."""

    title: str
    reason: str
    row: pd.Series


def recommend(analysis: Analysis) -> list[Pick]:
    """Return the picks, recording by recording; a pick whose numbers were not measured is left out.

    Of equal candidates the cheaper is picked, then the one with the lower id.
    """
    return [
        Pick(choice.title, choice.reason, row)
        for _, rows in analysis.competing.groupby("recording")
        for choice in (
            _best_quality(rows),
            _best_latency(rows, analysis.cost),
            _most_efficient(rows, analysis.cost),
            _best_balanced(rows, analysis),
        )
        for _, row in _ranked(choice.rows, choice.by, analysis.cost).head(1).iterrows()
    ]


class _Choice(NamedTuple):
    """A pick: of these rows the lowest by a column."""

    title: str
    reason: str
    rows: pd.DataFrame
    by: str


def _best_quality(rows: pd.DataFrame) -> _Choice:
    return _Choice("Best quality", f"the lowest {_ESR} of {count(len(rows), 'model')}", rows, "val_esr")


def _best_latency(rows: pd.DataFrame, cost: str) -> _Choice:
    ranked = _ranked(rows, "val_esr", cost)
    quarter = ranked.head(math.ceil(len(ranked) / 4))
    reason = (
        f"the lowest {QUANTITIES['latency_ms'].label} in the best quarter by {_ESR} ({count(len(quarter), 'model')})"
    )
    return _Choice("Best latency", reason, quarter, "latency_ms")


def _most_efficient(rows: pd.DataFrame, cost: str) -> _Choice:
    near = rows[rows["val_esr"] <= 2 * rows["val_esr"].min()]
    reason = f"the lowest cost ({of(cost).label}) of {count(len(near), 'model')} within twice the best {_ESR}"
    return _Choice("Most efficient", reason, near, cost)


def _best_balanced(rows: pd.DataFrame, analysis: Analysis) -> _Choice:
    best = rows[rows["on_front"]]
    unit = scaled(best[list(analysis.objectives)].to_numpy(dtype=float), analysis.better)
    labels = ", ".join(of(name).label for name in analysis.objectives)
    reason = f"of {count(len(best), 'model')} on the front, the nearest to the best value of every objective ({labels})"
    return _Choice("Best balanced", reason, best.assign(distance=np.linalg.norm(unit, axis=1)), "distance")


def _ranked(rows: pd.DataFrame, by: str, cost: str) -> pd.DataFrame:
    order = list(dict.fromkeys([by, cost, "id"]))
    return rows.dropna(subset=[by]).sort_values(order, kind="stable")
