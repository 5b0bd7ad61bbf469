"""Checks of a whole plan before anything is written; each error says what to type instead."""

import itertools

from nasamp.errors import ConfigError
from nasamp.search.plan.planning import Plan
from nasamp.search.plan.space import Point


def missing_devices(plan: Plan, going: list[Point]) -> None:
    """Raise ConfigError for an accelerator that this machine does not have, on which every job would fail."""
    used = {plan.job_config(point, phase["phase"]).trainer.accelerator for point in going for phase in plan.phases}
    for accelerator in sorted(used - {"auto", "cpu"}):
        from nasamp.models import accelerators  # torch

        if problem := accelerators.problem(accelerator):
            raise ConfigError(problem)


def short_phases(plan: Plan, point: Point) -> None:
    """Raise ConfigError for a phase that is not longer than the one it continues; its length includes those steps."""
    lengths = [(phase["phase"], plan.job_config(point, phase["phase"]).phase.length.steps) for phase in plan.phases]
    for (earlier, before), (later, steps) in itertools.pairwise(lengths):
        if plan.config.search.warm_start and before and steps and steps <= before:
            raise ConfigError(
                f"phase {later}: its length of {steps:,} steps includes the {before:,} of {earlier}, which it "
                "continues; lengthen it, or set search.warm_start=false"
            )
