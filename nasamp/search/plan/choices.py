"""Composes a config for each choice of options and recordings; refuses options with different search-wide settings."""

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
from nasamp.search.plan.overrides import SEARCH_WIDE, Typed


def combinations(axes: Sequence[Axis]) -> Iterator[tuple[Choice, tuple[str, ...]]]:
    """Yield each combination of values of the axes that need composing, with its overrides."""
    choosing = [axis for axis in axes if axis.needs_composing]
    for chosen in product(*(zip(axis.values, axis.overrides, strict=True) for axis in choosing)):
        yield tuple(value for value, _ in chosen), tuple(text for _, text in chosen)


def load(loader: ConfigLoader, cfg: DictConfig, overrides: Sequence[str]) -> DictConfig:
    """Return the config composed with other overrides; overrides of Hydra's own keys are kept."""
    line = [*cfg.hydra.overrides.hydra, *overrides]
    return loader.load_configuration(cfg.hydra.job.config_name, line, RunMode.RUN)


def composed(cfg: DictConfig, typed: Typed, loader: ConfigLoader) -> dict[Choice, DictConfig]:
    """Return the config for each choice, in the first phase that was typed, or the one that its options name.

    Raises:
        ConfigError: the options of a group differ in a search-wide setting.
    """
    groups = [axis.key for axis in typed.axes if axis.is_group]
    phase = [f"phase={name}" for name in typed.phases[:1]]
    configs = {
        choice: load(loader, cfg, [*typed.fixed, *overrides, *phase]) if overrides else cfg
        for choice, overrides in combinations(typed.axes)
    }
    if groups:
        names = ", ".join(groups)
        _refuse_disagreement(names, [_search_wide(cfg, is_phase_typed=bool(phase)) for cfg in configs.values()])
        if not any(axis.role == "task" for axis in typed.axes):
            _refuse_disagreement(names, [_recording(cfg) for cfg in configs.values()])
        first = next(iter(configs.values()))
        path = [line for line in first.hydra.overrides.hydra if "hydra.searchpath" in line]
        hydra_keys.refuse(first, hydra_keys.ours(loader, "config", path, first, is_search=True), is_search=True)
    return configs


def _refuse_disagreement(groups: str, whole: Sequence[Mapping[str, Any]]) -> None:
    """Raise ConfigError for the first setting that differs, options before single keys."""
    for key in dict.fromkeys(key for settings in whole for key in settings):
        values = list(dict.fromkeys(str(settings.get(key)) for settings in whole))
        if len(values) > 1:
            raise ConfigError(
                f"{groups}: the options differ in {key} ({', '.join(values)}), which applies to the whole search; "
                f"type {key}=..., or run each option in a command of its own"
            )


def _recording(cfg: DictConfig) -> Mapping[str, Any]:
    """Return the settings of the recording; only an axis of ``data`` may vary them."""
    return {f"data.{name}": value for name, value in hydra_keys.flat(cfg.data).items() if "limits." not in name}


def _search_wide(cfg: DictConfig, *, is_phase_typed: bool) -> Mapping[str, Any]:
    """Return the search-wide settings: the chosen options, and the keys with unresolved values."""
    chosen = cfg.hydra.runtime.choices
    named = [group for group in ("launcher", "logger", "search") if group in chosen]
    if not is_phase_typed and not cfg.search.phases:
        named.append("phase")
    keys = {key: OmegaConf.select(cfg, key) for key in SEARCH_WIDE if key in cfg and key != "hydra"}
    leaves = {f"{key}.{name}": value for key, node in keys.items() for name, value in hydra_keys.flat(node).items()}
    leaves |= {f"hydra.{name}": value for name, value in hydra_keys.flat(cfg.hydra).items()}
    return {group: chosen[group] for group in named} | leaves | {"model.implementation": cfg.model.implementation}
