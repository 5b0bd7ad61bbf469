"""The config and identity of each job of a plan, which depend on the jobs of earlier phases."""

from collections.abc import Mapping
from dataclasses import replace

from nasamp.schema import Config, Start
from nasamp.search.jobs import ledger
from nasamp.search.plan.configs import Choice
from nasamp.search.plan.planning import Plan
from nasamp.search.plan.space import Point


class Identities:
    """Configs and identities of jobs, by point and phase number; each identity is computed once.

    Args:
        digests: the hash of the recording's samples for each choice.
    """

    def __init__(self, plan: Plan, digests: Mapping[Choice, str]) -> None:
        self._plan, self._digests = plan, digests
        self._known: dict[tuple[str, int], str] = {}

    def config(self, point: Point, number: int) -> Config:
        """Return the config of a point's job in a phase; its ``start`` names the job that it continues from."""
        config = self._plan.job_config(point, self._plan.phases[number]["phase"])
        if number and config.search.warm_start and config.phase.length.steps:
            return replace(config, start=Start(None, self.of(point, number - 1)))
        return config

    def of(self, point: Point, number: int) -> str:
        """Return the identity of a point's job in a phase."""
        key = point.label, number
        if key not in self._known:
            digest = self._digests[self._plan.choice(point)]
            self._known[key] = ledger.identity(self.config(point, number), digest)
        return self._known[key]
