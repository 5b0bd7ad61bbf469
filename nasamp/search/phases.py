"""Selects the models that go on to the next phase."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from math import floor
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

from nasamp.search.plan.space import Point


class Competitor(Protocol):
    """A candidate with one seed in one task."""

    @property
    def task(self) -> tuple[Any, ...]:
        """The recording that it was trained on."""

    @property
    def candidate(self) -> str:
        """The model, whatever its seed."""


Entrant = TypeVar("Entrant", bound=Competitor)


class Scored(NamedTuple):
    """A point with its value of the monitored metric; lower is better."""

    point: Point
    score: float


def remaining(candidates: int, phase: Mapping[str, Any]) -> int:
    """Return how many candidates go on from a phase: the share ``keep``, rounded down, but at least ``at_least``.

    >>> remaining(11, {"keep": 0.5}), remaining(5, {"keep": 0.5, "at_least": 4}), remaining(1, {"keep": 0.5})
    (5, 4, 1)
    """
    share, least = float(phase.get("keep", 1.0)), int(phase.get("at_least", 1))
    return min(candidates, max(least, floor(candidates * share)))


def going_on(
    points: Sequence[Entrant], phase: Mapping[str, Any], ranked: Callable[[Sequence[Sequence[Entrant]]], Sequence[int]]
) -> list[Entrant]:
    """Return the points that go on from a phase: within each task the first candidates of an order.

    Args:
        phase: says how many go on, see ``remaining``.
        ranked: takes the points of each candidate, one for each seed, and returns the order of the candidates.
    """
    tasks: dict[Any, dict[str, list[Entrant]]] = defaultdict(lambda: defaultdict(list))
    for point in points:
        tasks[point.task][point.candidate].append(point)
    going: list[Entrant] = []
    for candidates in tasks.values():
        groups = list(candidates.values())
        for i in ranked(groups)[: remaining(len(groups), phase)]:
            going += groups[i]
    return going


def survivors(
    scored: Sequence[Scored], phase: Mapping[str, Any], select: Literal["loss", "front"], cost: str
) -> list[Point]:
    """Return the points of the best candidates, within each recording, that go on from a phase.

    A candidate is a point whatever its seed; its score is the mean over its seeds. ``loss`` orders them by the score.
    ``front`` takes the lowest score, then ranks by non-domination of score against cost, then by the share of the
    hypervolume.

    Args:
        cost: column of the points' costs, see ``cost.measure``.
    """
    score = {each.point.label: each.score for each in scored}

    def ranked(groups: Sequence[Sequence[Point]]) -> Sequence[int]:
        scores = [sum(score[point.label] for point in group) / len(group) for group in groups]
        if select == "loss":
            return sorted(range(len(groups)), key=lambda i: scores[i])
        return _by_front(scores, [float(group[0].costs[cost]) for group in groups])

    return going_on([each.point for each in scored], phase, ranked)


def _by_front(scores: Sequence[float], costs: Sequence[float]) -> list[int]:
    """Return the order of the candidates: the best score, then by non-domination rank and share of the hypervolume."""
    import moocore  # type: ignore[import-untyped]
    import numpy as np

    values = np.array([scores, costs]).T
    span = np.ptp(values, axis=0)
    unit = (values - values.min(axis=0)) / np.where(span > 0, span, 1)
    ranks = moocore.pareto_rank(unit)
    shares = np.empty(len(unit))
    for rank in set(ranks):
        shares[ranks == rank] = moocore.hv_contributions(unit[ranks == rank], ref=[1.1, 1.1])
    best = np.lexsort(values.T[::-1])[0]  # the cheapest of equal scores
    shares[best] = np.inf
    return [int(i) for i in np.lexsort((np.array(scores), -shares, ranks))]
