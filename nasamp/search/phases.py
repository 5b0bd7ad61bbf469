"""Who goes on to the next phase."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import floor
from typing import Any, Literal, NamedTuple

from nasamp.search.space import Point


class Scored(NamedTuple):
    """A point with the number that was made small, lower is better."""

    point: Point
    score: float


def remaining(candidates: int, phase: Mapping[str, Any]) -> int:
    """Return how many candidates go on from a phase: a share of them, rounded down, and never fewer than ``at_least``.

    >>> remaining(11, {"keep": 0.5}), remaining(5, {"keep": 0.5, "at_least": 4}), remaining(1, {"keep": 0.5})
    (5, 4, 1)
    """
    share, least = float(phase.get("keep", 1.0)), int(phase.get("at_least", 1))
    return min(candidates, max(least, floor(candidates * share)))


def survivors(scored: Sequence[Scored], phase: Mapping[str, Any], select: Literal["loss", "front"]) -> list[Point]:
    """Return the points that go on from a phase, best first: within each recording the best candidates.

    A candidate is a point whatever its seed; its score is the mean over its seeds. ``loss`` orders them by the score.
    ``front`` takes the lowest score, then ranks by non-domination of score against MACs, then by the share of the
    hypervolume.
    """
    tasks: dict[Any, dict[Any, list[Scored]]] = defaultdict(lambda: defaultdict(list))
    for each in scored:
        tasks[each.point.task][each.point.candidate].append(each)
    going: list[Point] = []
    for candidates in tasks.values():
        groups = list(candidates.values())
        scores = [sum(each.score for each in group) / len(group) for group in groups]
        macs = [float(group[0].point.costs["macs_per_sample"]) for group in groups]
        order = sorted(range(len(groups)), key=lambda i: scores[i]) if select == "loss" else _by_front(scores, macs)
        for i in order[: remaining(len(groups), phase)]:
            going += [each.point for each in groups[i]]
    return going


def _by_front(scores: Sequence[float], macs: Sequence[float]) -> list[int]:
    """Return the order of the rows: the best score, then by rank and within a rank by share of the hypervolume."""
    import moocore  # type: ignore[import-untyped]
    import numpy as np

    values = np.array([scores, macs]).T
    span = np.ptp(values, axis=0)
    unit = (values - values.min(axis=0)) / np.where(span > 0, span, 1)
    ranks = moocore.pareto_rank(unit)
    shares = np.empty(len(unit))
    for rank in set(ranks):
        shares[ranks == rank] = moocore.hv_contributions(unit[ranks == rank], ref=[1.1, 1.1])
    best = np.lexsort(values.T[::-1])[0]  # of equal scores the cheapest
    shares[best] = np.inf
    return [int(i) for i in np.lexsort((np.array(scores), -shares, ranks))]
