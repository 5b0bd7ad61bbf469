"""Who goes on to the next phase."""

from collections import defaultdict
from collections.abc import Sequence
from math import floor
from typing import Any, Literal, NamedTuple

from nasamp.search.space import Point


class Scored(NamedTuple):
    """A point with the number that was made small, lower is better."""

    point: Point
    score: float


def survivors(scored: Sequence[Scored], keep: float, select: Literal["loss", "front"]) -> list[Point]:
    """Return the points that go on, best first: within each recording the best share of the candidates.

    A candidate is a point whatever its seed; its score is the mean over its seeds. ``loss`` keeps
    ``max(1, floor(n * keep))`` by the score; ``front`` ranks by non-domination of score against MACs
    first, then by the share of the hypervolume.
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
        for i in order[: max(1, floor(len(groups) * keep))]:
            going += [each.point for each in groups[i]]
    return going


def _by_front(scores: Sequence[float], macs: Sequence[float]) -> list[int]:
    """Return the order of the rows: non-dominated rank, then hypervolume share within the rank."""
    import moocore  # type: ignore[import-untyped]
    import numpy as np

    values = np.array([scores, macs]).T
    span = np.ptp(values, axis=0)
    unit = (values - values.min(axis=0)) / np.where(span > 0, span, 1)
    ranks = moocore.pareto_rank(unit)
    shares = np.empty(len(unit))
    for rank in set(ranks):
        shares[ranks == rank] = moocore.hv_contributions(unit[ranks == rank], ref=[1.1, 1.1])
    return [int(i) for i in np.lexsort((np.array(scores), -shares, ranks))]
