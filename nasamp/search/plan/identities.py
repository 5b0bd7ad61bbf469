"""Which job of a plan is which: its config and its identity, as the phases before decide them. Nothing is trained."""

from collections.abc import Mapping
from dataclasses import replace

from nasamp.schema import Config, Start
from nasamp.search.jobs import ledger
from nasamp.search.plan.configs import Choice
from nasamp.search.plan.planning import Plan
from nasamp.search.plan.space import Point


class Identities:
    """Identities by point and phase, each computed once."""

    def __init__(self, plan: Plan, digests: Mapping[Choice, str]) -> None:
        """Take the hash of the recording's samples for each choice."""
        self._plan, self._digests = plan, digests
        self._known: dict[tuple[str, int], str] = {}

    def config(self, point: Point, number: int) -> Config:
        """Return the config of a point in the phase of this number; ``start`` names the job that it goes on from."""
        config = self._plan.job_config(point, self._plan.phases[number]["phase"])
        if number and config.search.warm_start and config.phase.length.steps:
            return replace(config, start=Start(None, self.of(point, number - 1)))
        return config

    def of(self, point: Point, number: int) -> str:
        """Return the identity of a point's job in the phase of this number."""
        place = point.label, number
        if place not in self._known:
            digest = self._digests[self._plan.choice(point)]
            self._known[place] = ledger.identity(self.config(point, number), digest)
        return self._known[place]
