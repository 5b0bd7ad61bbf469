"""The four models that most people want, of each recording."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nasamp.pareto.candidates import count
from nasamp.pareto.front import Analysis, scaled
from nasamp.quantities import QUANTITIES, Better, of

_ESR = QUANTITIES["val_esr"].label


@dataclass(frozen=True, eq=False)
class Pick:
    """One recommended candidate; ``reason`` is a sentence without its full stop."""

    title: str
    reason: str
    row: pd.Series


def recommend(analysis: Analysis) -> list[Pick]:
    """Return the picks, recording by recording; one whose numbers were not measured is left out.

    Of equal ones the one with fewer MACs wins, then the lower id.
    """
    return [
        pick
        for _, rows in analysis.competing.groupby("recording")
        for pick in [
            *_best_quality(rows),
            *_best_latency(rows),
            *_most_efficient(rows),
            *_best_balanced(rows, analysis.objectives, analysis.better),
        ]
    ]


def _best_quality(rows: pd.DataFrame) -> list[Pick]:
    return _pick("Best quality", f"the lowest {_ESR} of {count(rows)}", rows, "val_esr")


def _best_latency(rows: pd.DataFrame) -> list[Pick]:
    ranked = _ranked(rows, "val_esr")
    quarter = ranked.head(math.ceil(len(ranked) / 4))
    reason = f"the lowest {QUANTITIES['latency_ms'].label} among the best quarter by {_ESR}, {count(quarter)}"
    return _pick("Best latency", reason, quarter, "latency_ms")


def _most_efficient(rows: pd.DataFrame) -> list[Pick]:
    near = rows[rows["val_esr"] <= 2 * rows["val_esr"].min()]
    reason = f"the fewest {QUANTITIES['macs_per_sample'].label} among {count(near)} within twice the best {_ESR}"
    return _pick("Most efficient", reason, near, "macs_per_sample")


def _best_balanced(rows: pd.DataFrame, objectives: Sequence[str], better: Sequence[Better]) -> list[Pick]:
    best = rows[rows["on_front"]]
    unit = scaled(best[list(objectives)].to_numpy(dtype=float), better)
    labels = ", ".join(of(name).label for name in objectives)
    reason = f"of {count(best)} on the front, the nearest to the best value of every objective at once ({labels})"
    return _pick("Best balanced", reason, best.assign(distance=np.linalg.norm(unit, axis=1)), "distance")


def _pick(title: str, reason: str, rows: pd.DataFrame, by: str) -> list[Pick]:
    return [Pick(title, reason, row) for _, row in _ranked(rows, by).head(1).iterrows()]


def _ranked(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    order = list(dict.fromkeys([by, "macs_per_sample", "id"]))
    return rows.dropna(subset=[by]).sort_values(order, kind="stable")
