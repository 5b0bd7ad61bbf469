"""How far the order of the models in a short phase is their order in a longer one."""

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
    """Two phases of one recording, over the candidates that finished both.

    Attributes:
        tau: Kendall's tau-b, -1 (reversed) to 1 (the same order); NaN where no pair differs in one of the phases.
        tau_of_means: the same if a gap below the spread is no tie.
        same: pairs that both phases order alike.
        opposite: pairs that they order differently.
        tied: pairs whose gap is below the spread of the seeds in either phase, or equal.
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
        """Return it as a sentence."""
        about = f"`{self.earlier}` against `{self.later}`, {self.models} models that finished both"
        if np.isnan(self.tau):
            return f"{about}: in one of the two no pair of them differs, so there is no order to compare."
        pairs = f"{self.same} pairs in the same order, {self.opposite} reversed, {self.tied} tied"
        means = "" if self.tau == self.tau_of_means else f"; {self.tau_of_means:.2f} by the means alone"
        return f"{about}: Kendall's tau {self.tau:.2f} ({pairs}{means}; 1 is the same order, 0 is chance)."


def agreements(analysis: Analysis) -> list[Agreement]:
    """Return how well each phase foretold the next by the first objective, recording by recording."""
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
    """Return what the sentences of the agreements are about."""
    label = of(analysis.objectives[0]).label
    return f"Models in the order of their {label}; those that a phase removed have no second place to compare."


def _spread(rows: pd.DataFrame, analysis: Analysis) -> "pd.Series[float]":
    return spread(rows, analysis.objectives[0])


def _by_phase(rows: pd.DataFrame, values: "pd.Series[float]", *phases: str) -> pd.DataFrame:
    """Return a row for each candidate and a column for each phase."""
    table = rows[["candidate", "phase"]].assign(value=values)
    return table.pivot(index="candidate", columns="phase", values="value").reindex(columns=list(phases))


def _order(values: "pd.Series[float]", spreads: "pd.Series[float]") -> Floats:
    """Return the sign of each pair's gap, 0 where it is below the larger spread, shape (pairs,)."""
    first, second = np.triu_indices(len(values), 1)
    value, width = values.to_numpy(dtype=float), spreads.to_numpy(dtype=float)
    gaps = value[first] - value[second]
    return np.asarray(np.sign(gaps) * (np.abs(gaps) >= np.maximum(width[first], width[second])))


def _tau(one: Floats, other: Floats) -> float:
    """Return Kendall's tau-b of two orders."""
    weight = float(np.sqrt(np.sum(one**2) * np.sum(other**2)))
    return float(np.sum(one * other)) / weight if weight else float("nan")
