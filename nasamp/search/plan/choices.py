"""The composed config for each choice of options, and what all of them must agree on: there is one search."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from nasamp.errors import ConfigError
from nasamp.search.plan import hydra_keys
from nasamp.search.plan.axes import Axis
from nasamp.search.plan.configs import Choice
from nasamp.search.plan.overrides import WHOLE, Typed


def cells(axes: Sequence[Axis]) -> Iterator[tuple[Choice, tuple[str, ...]]]:
    """Yield each choice of the axes that make bases, and the overrides that make it."""
    choosing = [axis for axis in axes if axis.makes_bases]
    for chosen in product(*(zip(axis.values, axis.overrides, strict=True) for axis in choosing)):
        yield tuple(value for value, _ in chosen), tuple(text for _, text in chosen)


def load(loader: ConfigLoader, cfg: DictConfig, overrides: Sequence[str]) -> DictConfig:
    """Return what the command composes to with other overrides; those of Hydra's own keys stay."""
    line = [*cfg.hydra.overrides.hydra, *overrides]
    return loader.load_configuration(cfg.hydra.job.config_name, line, RunMode.RUN)


def composed(cfg: DictConfig, sorted_: Typed, loader: ConfigLoader) -> dict[Choice, DictConfig]:
    """Return the config for each choice, in the phase that was typed or that its options name.

    Raises:
        ConfigError: the options of a group differ in what holds for the whole search.
    """
    groups = [axis.key for axis in sorted_.axes if axis.is_group]
    phase = [f"phase={name}" for name in sorted_.phases[:1]]
    found = {
        choice: load(loader, cfg, [*sorted_.fixed, *overrides, *phase]) if overrides else cfg
        for choice, overrides in cells(sorted_.axes)
    }
    if groups:
        names = ", ".join(groups)
        _refuse_disagreement(names, [_of_the_whole(cfg, is_phase_typed=bool(phase)) for cfg in found.values()])
        if not any(axis.role == "task" for axis in sorted_.axes):
            _refuse_disagreement(names, [_recording(cfg) for cfg in found.values()])
        first = next(iter(found.values()))
        path = [line for line in first.hydra.overrides.hydra if "hydra.searchpath" in line]
        hydra_keys.refuse(first, hydra_keys.ours(loader, "config", path, first, is_search=True), is_search=True)
    return found


def _refuse_disagreement(groups: str, whole: Sequence[Mapping[str, Any]]) -> None:
    """Raise ConfigError that names the first setting in which they differ; options before single keys."""
    for key in dict.fromkeys(key for settings in whole for key in settings):
        values = list(dict.fromkeys(str(settings.get(key)) for settings in whole))
        if len(values) > 1:
            raise ConfigError(
                f"{groups}: the options differ in {key} ({', '.join(values)}), which holds for the whole search; "
                f"type {key}=..., or give each option a command of its own"
            )


def _recording(cfg: DictConfig) -> Mapping[str, Any]:
    """Return what the recording is: models on different ones compete only as values of an axis of ``data``."""
    return {f"data.{name}": value for name, value in hydra_keys.flat(cfg.data).items() if "limits." not in name}


def _of_the_whole(cfg: DictConfig, *, is_phase_typed: bool) -> Mapping[str, Any]:
    """Return what holds for the whole search: the chosen options, and the keys as written."""
    chosen = cfg.hydra.runtime.choices
    named = [group for group in ("launcher", "logger", "search") if group in chosen]
    if not is_phase_typed and not cfg.search.phases:
        named.append("phase")
    keys = {key: OmegaConf.select(cfg, key) for key in WHOLE if key in cfg and key != "hydra"}
    leaves = {f"{key}.{name}": value for key, node in keys.items() for name, value in hydra_keys.flat(node).items()}
    leaves |= {f"hydra.{name}": value for name, value in hydra_keys.flat(cfg.hydra).items()}
    return {group: chosen[group] for group in named} | leaves | {"model.implementation": cfg.model.implementation}
