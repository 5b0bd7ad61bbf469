"""Checks of a whole plan before anything is written; each error says what to type instead."""

import itertools

from nasamp.errors import ConfigError
from nasamp.search.plan.planning import Plan


def missing_devices(plan: Plan) -> None:
    """Raise ConfigError for an accelerator that this machine does not have, on which every job would fail."""
    used = {config.trainer.accelerator for point in plan.going for config in plan.job_configs(point).values()}
    for accelerator in sorted(used - {"auto", "cpu"}):
        from nasamp.models import accelerators  # torch

        if problem := accelerators.problem(accelerator):
            raise ConfigError(problem)


def short_phases(plan: Plan) -> None:
    """Raise ConfigError for a phase that is not longer than the one it continues; its length includes those steps."""
    configs = plan.job_configs(plan.going[0])
    lengths = [(phase, config.phase.length.steps) for phase, config in configs.items()]
    for (earlier, before), (later, steps) in itertools.pairwise(lengths):
        if plan.config.search.warm_start and before and steps and steps <= before:
            raise ConfigError(
                f"phase {later}: its length of {steps:,} steps includes the {before:,} of {earlier}, which it "
                "continues; lengthen it, or set search.warm_start=false"
            )
