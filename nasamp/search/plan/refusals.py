"""What a search refuses before it writes anything, each with a line that says what to type instead."""

import itertools

from nasamp.errors import ConfigError
from nasamp.search.plan.planning import Plan
from nasamp.search.plan.space import Point


def missing_devices(plan: Plan, going: list[Point]) -> None:
    """Refuse an accelerator that this machine does not have: each job would fail by itself."""
    found = {plan.job_config(point, phase["phase"]).trainer.accelerator for point in going for phase in plan.phases}
    for accelerator in sorted(found - {"auto", "cpu"}):
        from nasamp.models import accelerators  # torch

        if problem := accelerators.problem(accelerator):
            raise ConfigError(problem)


def short_phases(plan: Plan, point: Point) -> None:
    """Refuse a phase that is no longer than the one that it goes on from: its length counts those steps too."""
    lengths = [(phase["phase"], plan.job_config(point, phase["phase"]).phase.length.steps) for phase in plan.phases]
    for (earlier, before), (later, steps) in itertools.pairwise(lengths):
        if plan.config.search.warm_start and before and steps and steps <= before:
            raise ConfigError(
                f"phase {later}: its length of {steps:,} steps counts those of {earlier}, {before:,}, which it goes on "
                "from; lengthen it, or set search.warm_start=false"
            )
