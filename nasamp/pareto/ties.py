"""Finds ties: candidates whose gap is smaller than the spread over their seeds."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasamp.pareto.candidates import spread
from nasamp.pareto.front import Analysis


def with_the_best(analysis: Analysis) -> pd.DataFrame:
    """Return the best candidate of each recording by the first objective and those tied with it, the cheapest first.

    Two candidates are tied where their ``gap`` is below the larger of their spreads over the seeds.
    """
    objective, better = analysis.objectives[0], analysis.better[0]
    found = [analysis.competing.iloc[:0].assign(gap=[])]
    for _, rows in analysis.competing.groupby("recording"):
        values, spreads = rows[objective].to_numpy(dtype=float), spread(rows, objective).to_numpy(dtype=float)
        best = values.argmin() if better == "lower" else values.argmax()
        gap = np.abs(values - values[best])
        tied = gap < np.maximum(spreads, spreads[best])
        tied[best] = True
        found.append(rows.assign(gap=gap)[tied].sort_values([analysis.cost, objective, "id"], kind="stable"))
    return pd.concat(found[1:] or found)


def with_the_front(analysis: Analysis) -> pd.DataFrame:
    """Return the candidates off the front that no member of the front dominates by more than the spread."""
    objectives = list(analysis.objectives)
    signs = np.where([better == "lower" for better in analysis.better], 1.0, -1.0)
    found = [analysis.competing.iloc[:0]]
    for recording, rows in analysis.competing.groupby("recording"):
        others, members = rows[~rows["on_front"]], analysis.front[analysis.front["recording"] == recording]
        values, spreads = others[objectives].to_numpy(float) * signs, _spreads(others, objectives)
        is_beaten = np.zeros(len(others), dtype=bool)
        for member, own in zip(members[objectives].to_numpy(float) * signs, _spreads(members, objectives), strict=True):
            gaps = values - member
            clear = (gaps > 0) & (gaps >= np.maximum(spreads, own))
            is_beaten |= (gaps >= 0).all(axis=1) & clear.any(axis=1)
        found.append(others[~is_beaten])
    return pd.concat(found[1:] or found)


def _spreads(rows: pd.DataFrame, objectives: list[str]) -> NDArray[np.float64]:
    return np.column_stack([spread(rows, objective).to_numpy(float) for objective in objectives])
