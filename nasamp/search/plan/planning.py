"""A command, composed and checked whole before anything is written or started."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import product
from pathlib import Path
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.types import HydraContext
from omegaconf import DictConfig, OmegaConf, open_dict

from nasamp.audio import files
from nasamp.errors import ConfigError
from nasamp.schema import Config, Data, Model
from nasamp.schema.checking import check, leaf_problem, leaves
from nasamp.schema.options import no_such_option
from nasamp.search.jobs import ledger
from nasamp.search.plan import choices, overrides
from nasamp.search.plan.arguments import command
from nasamp.search.plan.axes import SHAPE, Axis
from nasamp.search.plan.configs import Choice, Configs, with_values
from nasamp.search.plan.space import Point, expand


@dataclass(frozen=True)
class Plan:
    """What a command means.

    Attributes:
        cfg: as Hydra composed it; launchers read it.
        config: of the first phase and choice.
        typed: what the user typed.
        phases: [{phase, keep, at_least}], the last two optional.
        points: the grid.
        bases: the checked config and the sample rate in Hz for each choice, in the first phase.
        composed: the composed config for each phase and choice.
    """

    cfg: DictConfig
    config: Config
    typed: overrides.Typed
    phases: tuple[Mapping[str, Any], ...]
    points: list[Point]
    bases: Mapping[Choice, tuple[Config, int]]
    composed: Mapping[tuple[str, Choice], DictConfig]

    @cached_property
    def folder(self) -> Path:
        """The search's folder."""
        return Path(self.cfg.hydra.sweep.dir)

    @property
    def settings(self) -> dict[str, Any]:
        """By phase what all results depend on, without what varies from point to point."""
        varied = {*SHAPE, *(axis.key for axis in self.typed.axes)}
        settings = {}
        for number, phase in enumerate(self.phases):
            config = self.job_config(self.points[0], phase["phase"])
            settings[phase["phase"]] = _without(ledger.settings(config), varied)
            if number:
                settings[phase["phase"]]["warm_start"] = config.search.warm_start
        return settings

    def choice(self, point: Point) -> Choice:
        """Return the point's values of the axes that make bases."""
        return self._configs.choice(point)

    def job_config(self, point: Point, phase: str) -> Config:
        """Return the checked config of a point in a phase, equal to what its job will find."""
        return self._configs.of(point, phase)

    @cached_property
    def _configs(self) -> Configs:
        return Configs(self.composed, self.typed.axes)


def make(
    arguments: list[str], cfg: DictConfig, context: HydraContext, *, is_multirun: bool, line: Sequence[str] = ()
) -> Plan:
    """Sort, compose and check a command.

    Args:
        arguments: overrides of ours, quoted for Hydra.
        cfg: as Hydra composed it.
        context: of Hydra.
        is_multirun: whether -m was typed.
        line: the arguments as typed, for a command that is suggested.

    Raises:
        ConfigError: names every wrong key, value and option, a line each.
    """
    loader = context.config_loader
    hydras = list(cfg.hydra.overrides.hydra)
    options = partial(loader.get_group_options, config_name=cfg.hydra.job.config_name, overrides=hydras)
    sorted_ = overrides.sort(arguments, _declared(cfg), loader, options)
    if not is_multirun:
        cfg, sorted_ = _as_single(arguments, cfg, sorted_, line)
    _refuse_wrong_values([], sorted_.axes, options)
    chosen = choices.composed(cfg, sorted_, loader)
    first = next(iter(chosen.values()))
    if _declared(first) != _declared(cfg):  # the options of a group declare axes
        return make(arguments, first, context, is_multirun=is_multirun, line=line)
    phases = _phases(first, sorted_)
    _refuse_wrong_values([phase["phase"] for phase in phases], (), options)
    composed, bases = _bases(chosen, sorted_, phases, loader)
    _refuse_without_effect(sorted_, [config.model for config, _ in bases.values()])
    _refuse_namesakes([config.data for config, _ in bases.values()])
    config = next(iter(bases.values()))[0]
    return Plan(first, config, sorted_, phases, expand(sorted_.axes, bases), bases, composed)


def _declared(cfg: DictConfig) -> dict[str, Any]:
    declared: Any = OmegaConf.to_container(cfg.search.axes) if OmegaConf.is_dict(cfg.search.axes) else {}
    return {str(key): values for key, values in declared.items()}


def _as_single(
    arguments: list[str], cfg: DictConfig, sorted_: overrides.Typed, line: Sequence[str]
) -> tuple[DictConfig, overrides.Typed]:
    advice = f"add -m: {command(['-m', *line])}"
    keys = {argument.partition("=")[0] for argument in arguments}
    if keys & {"search", "schedule"}:
        raise ConfigError(f"{', '.join(sorted(keys & {'search', 'schedule'}))}: trains many models; {advice}")
    if sorted_.axes or len(sorted_.phases) > 1:
        raise ConfigError(
            f"{', '.join(axis.key for axis in sorted_.axes) or 'phase'}: several values need -m; {advice}"
        )
    if "search.name" in keys:
        return cfg, sorted_
    cfg = cfg.copy()
    with open_dict(cfg):
        cfg.search.name = "single"  # hydra.sweep.dir follows
    return cfg, overrides.Typed((*sorted_.fixed, "search.name=single"), sorted_.axes, sorted_.phases)


def _phases(cfg: DictConfig, sorted_: overrides.Typed) -> tuple[Mapping[str, Any], ...]:
    if sorted_.phases:
        return tuple({"phase": name} for name in sorted_.phases)
    declared: Any = OmegaConf.to_container(cfg.search.phases) if OmegaConf.is_list(cfg.search.phases) else []
    wrong = [entry for entry in declared if not (isinstance(entry, dict) and isinstance(entry.get("phase"), str))]
    if wrong:
        raise ConfigError(f"search.phases: {wrong[0]} must be {{phase: name, keep: share that goes on}}")
    return tuple(declared) or ({"phase": cfg.hydra.runtime.choices.phase},)


def _refuse_wrong_values(phases: list[str], axes: tuple[Axis, ...], options: overrides.Options) -> None:
    """Check each value once: the grid is a product, so that covers every point."""
    known = leaves(Config)
    groups = [("phase", phases), *((axis.key, list(axis.values)) for axis in axes if axis.is_group)]
    problems = []
    for key, names in groups:
        there = options(key)
        problems += [no_such_option(key, str(name), there) for name in names if name not in there]
    for axis in axes:
        if not axis.is_group:
            problems += [problem for value in axis.values if (problem := leaf_problem(axis.key, value, known))]
            if not axis.values:
                problems.append(f"{axis.key}: no values")
    if problems:
        raise ConfigError("\n".join(dict.fromkeys(problems)))


def _bases(
    chosen: Mapping[Choice, DictConfig],
    sorted_: overrides.Typed,
    phases: tuple[Mapping[str, Any], ...],
    loader: ConfigLoader,
) -> tuple[dict[tuple[str, Choice], DictConfig], dict[Choice, tuple[Config, int]]]:
    """Compose and check once per phase and choice."""
    first = {axis.key: axis.values[0] for axis in sorted_.axes if not axis.makes_bases}
    composed, bases = {}, {}
    for phase, (choice, chosen_options) in product([phase["phase"] for phase in phases], choices.cells(sorted_.axes)):
        cfg = chosen[choice]
        if phase != cfg.hydra.runtime.choices.phase:
            cfg = choices.load(loader, cfg, [*sorted_.fixed, *chosen_options, f"phase={phase}"])
        composed[phase, choice] = cfg
        config = check(with_values(cfg.copy(), first), Config)
        if choice not in bases:
            bases[choice] = (config, files.sample_rate(config.data))
    return composed, bases


def _refuse_without_effect(sorted_: overrides.Typed, models: list[Model]) -> None:
    """Refuse typed keys of a network whose arrays say the same."""
    typed = [*(text.partition("=")[0].lstrip("+") for text in sorted_.fixed), *(axis.key for axis in sorted_.axes)]
    for model in models:
        if wrong := [key for key in typed if key in {f"model.{name}" for name in model.overridden_by_arrays}]:
            of = f" of model={model.name}" if model.name else ""
            raise ConfigError(f"{', '.join(wrong)}: has no effect, since model.arrays{of} says it for each layer array")


def _refuse_namesakes(recordings: list[Data]) -> None:
    """Tables, fronts and plots know a recording by its name."""
    unlike = defaultdict(set)
    for data in recordings:
        unlike[re.sub(r"\W+", "_", files.name(data))].add(data)
    for name, found in unlike.items():
        if len(found) > 1:
            raise ConfigError(
                f"data: {len(found)} different recordings are named {name}; each needs a data.name of its own, "
                "in a YAML file of its own in the folder data/ of a --config-dir"
            )


def _without(tree: Mapping[str, Any], keys: set[str], prefix: str = "") -> dict[str, Any]:
    """Return a tree without some dotted keys, or whole branches where the key of one is named."""
    return {
        name: _without(value, keys, f"{prefix}{name}.") if isinstance(value, Mapping) else value
        for name, value in tree.items()
        if f"{prefix}{name}" not in keys
    }
