"""The MACs that a job computes, from which its training time is estimated, whatever ``search.cost`` is."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from nasamp.audio import files, split
from nasamp.schema import Config, Data

PER_SAMPLE = "macs_per_sample"  # column: the work of one sample
_PASSES = 3  # the forward pass of a step, and the backward pass, which costs twice as much

Parts = Mapping[str, int]  # samples of train, validation and test


def of(config: Config, costs: Mapping[str, Any], parts: Parts, steps: float) -> float:
    """Return the MACs of a job's training steps and validations.

    Args:
        costs: of the network, see ``constraints.columns``.
        steps: of the optimizer, made by this job itself.
    """
    recipe, context = config.recipe, costs["receptive_field"] - 1
    between = config.phase.interval * (1 if config.phase.length.steps else _steps_of_an_epoch(config, parts))
    trained = steps * recipe.batch_size * (recipe.segment_samples + context)
    judged = steps / between * (parts["validation"] + context)
    return float(costs[PER_SAMPLE] * (_PASSES * trained + judged))


def planned(configs: Mapping[str, Config], costs: Mapping[str, Any], parts: Parts) -> dict[str, float]:
    """Return the MACs of a point's job in each phase, if trained to its end; with warm start, only its own steps.

    Args:
        configs: of the point, by phase in order.
    """
    begun = dict.fromkeys(configs, 0)
    for (_, before), (name, config) in pairwise(configs.items()):
        if config.search.warm_start and config.phase.length.steps:
            begun[name] = before.phase.last_stable_step or before.phase.length.steps or 0
    return {name: of(config, costs, parts, _steps(config, parts) - begun[name]) for name, config in configs.items()}


def parts_by_header(data: Data, sample_rate: int) -> Parts:
    """Return the approximate lengths of the parts, from the file's header: a dry run reads no samples."""
    samples = files.samples(data, sample_rate)
    validation, test = split.judged_lengths(data, samples, sample_rate)
    return {"train": samples - validation - test, "validation": validation, "test": test}


def _steps(config: Config, parts: Parts) -> float:
    length = config.phase.length
    return length.steps or (length.epochs or 0) * _steps_of_an_epoch(config, parts)


def _steps_of_an_epoch(config: Config, parts: Parts) -> float:
    return max(1.0, parts["train"] / (config.recipe.segment_samples * config.recipe.batch_size))
