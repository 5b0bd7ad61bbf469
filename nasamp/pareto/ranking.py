"""Compares the ranking of the models in one phase with their ranking in the next (Kendall's tau)."""

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasamp.pareto.candidates import spread
from nasamp.pareto.front import Analysis
from nasamp.quantities import of

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Agreement:
    """How two phases rank the candidates of one recording that finished both.

    Attributes:
        tau: Kendall's tau-b, -1 (reversed) to 1 (the same order); NaN where all candidates are tied in one phase.
        tau_of_means: the same with ties only between equal means.
        same: pairs that both phases rank in the same order.
        opposite: pairs that they rank in the opposite order.
        tied: pairs that are equal, or whose gap is below the spread over the seeds, in either phase.
    """

    recording: str
    earlier: str
    later: str
    models: int
    tau: float
    tau_of_means: float
    same: int
    opposite: int
    tied: int

    @property
    def line(self) -> str:
        """Return the comparison as a sentence."""
        about = f"`{self.earlier}` against `{self.later}`, {self.models} models finished both"
        if np.isnan(self.tau):
            return f"{about}: all are tied in one of the two, so there is no order to compare."
        pairs = f"{self.same} pairs in the same order, {self.opposite} reversed, {self.tied} tied"
        means = "" if self.tau == self.tau_of_means else f"; {self.tau_of_means:.2f} if only equal means are ties"
        return f"{about}: Kendall's tau {self.tau:.2f} ({pairs}{means}; 1 = same order, 0 = chance)."


def agreements(analysis: Analysis) -> list[Agreement]:
    """Return how well each phase predicts the ranking of the next by the first objective, recording by recording."""
    rows = pd.concat([analysis.scan_only, analysis.competing])
    found = []
    for (recording, part), (earlier, later) in itertools.product(
        rows.groupby("recording"), itertools.pairwise(analysis.phases)
    ):
        values, spreads = (
            _by_phase(part, table, earlier, later) for table in (part[analysis.objectives[0]], _spread(part, analysis))
        )
        both = values.dropna().index
        if len(both) < 2:
            continue
        orders = [_order(values.loc[both, phase], spreads.loc[both, phase]) for phase in (earlier, later)]
        plain = [_order(values.loc[both, phase], 0 * values.loc[both, phase]) for phase in (earlier, later)]
        same, opposite = (int((orders[0] * orders[1] == sign).sum()) for sign in (1, -1))
        tied = len(orders[0]) - same - opposite
        taus = _tau(*orders), _tau(*plain)
        found.append(Agreement(str(recording), earlier, later, len(both), *taus, same, opposite, tied))
    return found


def explanation(analysis: Analysis) -> str:
    """Return what the rankings are by, as a sentence for the report."""
    label = of(analysis.objectives[0]).label
    return f"Models ranked by {label} in each phase; those that were not selected for the later phase do not count."


def _spread(rows: pd.DataFrame, analysis: Analysis) -> "pd.Series[float]":
    return spread(rows, analysis.objectives[0])


def _by_phase(rows: pd.DataFrame, values: "pd.Series[float]", *phases: str) -> pd.DataFrame:
    """Return the values with a row for each candidate and a column for each phase."""
    table = rows[["candidate", "phase"]].assign(value=values)
    return table.pivot(index="candidate", columns="phase", values="value").reindex(columns=list(phases))


def _order(values: "pd.Series[float]", spreads: "pd.Series[float]") -> Floats:
    """Return the sign of the gap of each pair, 0 where it is below the larger spread, shape (pairs,)."""
    first, second = np.triu_indices(len(values), 1)
    value, width = values.to_numpy(dtype=float), spreads.to_numpy(dtype=float)
    gaps = value[first] - value[second]
    return np.asarray(np.sign(gaps) * (np.abs(gaps) >= np.maximum(width[first], width[second])))


def _tau(one: Floats, other: Floats) -> float:
    """Return Kendall's tau-b of two rankings, as ``_order`` gives them."""
    weight = float(np.sqrt(np.sum(one**2) * np.sum(other**2)))
    return float(np.sum(one * other)) / weight if weight else float("nan")
