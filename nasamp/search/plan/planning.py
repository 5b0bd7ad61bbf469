"""Composes and checks a whole command before anything is written or started."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
from nasamp.schema.checking import check
from nasamp.schema.keys import leaf_problem, leaves
from nasamp.schema.options import no_such_option
from nasamp.search.jobs import ledger
from nasamp.search.plan import choices, overrides
from nasamp.search.plan.arguments import command
from nasamp.search.plan.axes import SHAPE, Axis
from nasamp.search.plan.configs import Choice, Configs, with_values
from nasamp.search.plan.space import Point, expand


@dataclass(frozen=True)
class Plan:
    """A checked command.

    Attributes:
        cfg: composed by Hydra, for launchers.
        config: of the first phase and choice.
        typed: the parsed overrides.
        phases: [{phase, keep, at_least}]; the last two are optional.
        points: the grid.
        bases: the checked config and the sample rate in Hz for each choice, in the first phase.
        composed: the composed config for each phase and choice.
        is_multirun: whether -m was typed.
    """

    cfg: DictConfig
    config: Config
    typed: overrides.Typed
    phases: tuple[Mapping[str, Any], ...]
    points: list[Point]
    bases: Mapping[Choice, tuple[Config, int]]
    composed: Mapping[tuple[str, Choice], DictConfig]
    is_multirun: bool

    @cached_property
    def folder(self) -> Path:
        """The search's folder."""
        return Path(self.cfg.hydra.sweep.dir)

    @property
    def settings(self) -> dict[str, Any]:
        """By phase, the settings that results depend on, without those that vary between points."""
        varied = {*SHAPE, *(axis.key for axis in self.typed.axes)}
        settings = {}
        for number, phase in enumerate(self.phases):
            config = self.job_config(self.points[0], phase["phase"])
            settings[phase["phase"]] = _without(ledger.settings(config), varied)
            if number:
                settings[phase["phase"]]["warm_start"] = config.search.warm_start
        return settings

    def choice(self, point: Point) -> Choice:
        """Return the point's values of the axes that need composing."""
        return self._configs.choice(point)

    def job_config(self, point: Point, phase: str) -> Config:
        """Return the checked config of a point in a phase, equal to the one that its job composes."""
        return self._configs.of(point, phase)

    @cached_property
    def _configs(self) -> Configs:
        return Configs(self.composed, self.typed.axes)


def make(
    arguments: list[str], cfg: DictConfig, context: HydraContext, *, is_multirun: bool, line: Sequence[str] = ()
) -> Plan:
    """Return the checked plan of a command.

    Args:
        arguments: the overrides, quoted for Hydra.
        cfg: composed by Hydra.
        context: Hydra's.
        is_multirun: whether -m was typed.
        line: the arguments as typed, for suggested commands.

    Raises:
        ConfigError: one line for each wrong key, value and option.
    """
    loader = context.config_loader
    of_hydra = list(cfg.hydra.overrides.hydra)
    options = partial(loader.get_group_options, config_name=cfg.hydra.job.config_name, overrides=of_hydra)
    typed = overrides.parse(arguments, _declared(cfg), loader, options)
    if not is_multirun:
        cfg, typed = _as_single(arguments, cfg, typed, line)
    _refuse_wrong_values([], typed.axes, options)
    configs = choices.composed(cfg, typed, loader)
    first = next(iter(configs.values()))
    if _declared(first) != _declared(cfg):  # an option of a group adds axes
        return make(arguments, first, context, is_multirun=is_multirun, line=line)
    phases = _phases(first, typed)
    _refuse_wrong_values([phase["phase"] for phase in phases], (), options)
    composed, bases = _bases(configs, typed, phases, loader)
    _refuse_without_effect(typed, [config.model for config, _ in bases.values()])
    _refuse_equal_names([config.data for config, _ in bases.values()])
    config = next(iter(bases.values()))[0]
    return Plan(first, config, typed, phases, expand(typed.axes, bases), bases, composed, is_multirun)


def _declared(cfg: DictConfig) -> dict[str, Any]:
    declared: Any = OmegaConf.to_container(cfg.search.axes) if OmegaConf.is_dict(cfg.search.axes) else {}
    return {str(key): values for key, values in declared.items()}


def _as_single(
    arguments: list[str], cfg: DictConfig, typed: overrides.Typed, line: Sequence[str]
) -> tuple[DictConfig, overrides.Typed]:
    advice = f"add -m: {command(['-m', *line])}"
    keys = {argument.partition("=")[0] for argument in arguments}
    if keys & {"search", "schedule"}:
        raise ConfigError(
            f"{', '.join(sorted(keys & {'search', 'schedule'}))}: needs -m, since it trains many models; {advice}"
        )
    if typed.axes or len(typed.phases) > 1:
        raise ConfigError(f"{', '.join(axis.key for axis in typed.axes) or 'phase'}: several values need -m; {advice}")
    if "search.name" in keys:
        return cfg, typed
    cfg = cfg.copy()
    with open_dict(cfg):
        cfg.search.name = "single"  # hydra.sweep.dir follows
    return cfg, replace(typed, fixed=(*typed.fixed, "search.name=single"))


def _phases(cfg: DictConfig, typed: overrides.Typed) -> tuple[Mapping[str, Any], ...]:
    if typed.phases:
        return tuple({"phase": name} for name in typed.phases)
    declared: Any = OmegaConf.to_container(cfg.search.phases) if OmegaConf.is_list(cfg.search.phases) else []
    wrong = [entry for entry in declared if not (isinstance(entry, dict) and isinstance(entry.get("phase"), str))]
    if wrong:
        raise ConfigError(f"search.phases: {wrong[0]} must be {{phase: name, keep: share that advances}}")
    return tuple(declared) or ({"phase": cfg.hydra.runtime.choices.phase},)


def _refuse_wrong_values(phases: list[str], axes: tuple[Axis, ...], options: overrides.Options) -> None:
    """Check each value of each axis once, which covers every point of the grid."""
    known = leaves(Config)
    groups = [("phase", phases), *((axis.key, list(axis.values)) for axis in axes if axis.is_group)]
    problems = []
    for key, names in groups:
        available = options(key)
        problems += [no_such_option(key, str(name), available) for name in names if name not in available]
    for axis in axes:
        if not axis.is_group:
            problems += [problem for value in axis.values if (problem := leaf_problem(axis.key, value, known))]
            if not axis.values:
                problems.append(f"{axis.key}: has no values; list at least one")
    if problems:
        raise ConfigError("\n".join(dict.fromkeys(problems)))


def _bases(
    configs: Mapping[Choice, DictConfig],
    typed: overrides.Typed,
    phases: tuple[Mapping[str, Any], ...],
    loader: ConfigLoader,
) -> tuple[dict[tuple[str, Choice], DictConfig], dict[Choice, tuple[Config, int]]]:
    """Return the composed config for each phase and choice, and for each choice the checked config and sample rate."""
    first = {axis.key: axis.values[0] for axis in typed.axes if not axis.needs_composing}
    composed, bases = {}, {}
    for phase, (choice, options) in product([each["phase"] for each in phases], choices.combinations(typed.axes)):
        cfg = configs[choice]
        if phase != cfg.hydra.runtime.choices.phase:
            cfg = choices.load(loader, cfg, [*typed.fixed, *options, f"phase={phase}"])
        composed[phase, choice] = cfg
        config = check(with_values(cfg.copy(), first), Config)
        if choice not in bases:
            bases[choice] = (config, files.sample_rate(config.data))
    return composed, bases


def _refuse_without_effect(typed: overrides.Typed, models: list[Model]) -> None:
    """Refuse typed keys that ``model.arrays`` overrides."""
    keys = [*(text.partition("=")[0].lstrip("+") for text in typed.fixed), *(axis.key for axis in typed.axes)]
    for model in models:
        if wrong := [key for key in keys if key in {f"model.{name}" for name in model.overridden_by_arrays}]:
            of = f" of model={model.name}" if model.name else ""
            raise ConfigError(
                f"{', '.join(wrong)}: has no effect, since model.arrays{of} sets it for each layer array; leave it out"
            )


def _refuse_equal_names(recordings: list[Data]) -> None:
    """Refuse different recordings with one name, by which tables, fronts and plots identify them."""
    by_name = defaultdict(set)
    for data in recordings:
        by_name[re.sub(r"\W+", "_", files.name(data))].add(data)
    for name, different in by_name.items():
        if len(different) > 1:
            raise ConfigError(
                f"data: {len(different)} different recordings are named {name}; give each a data.name of its own, "
                "in a YAML file of its own in the folder data/ of a --config-dir"
            )


def _without(tree: Mapping[str, Any], keys: set[str], prefix: str = "") -> dict[str, Any]:
    """Return a tree without some dotted keys, which may be leaves or branches."""
    return {
        name: _without(value, keys, f"{prefix}{name}.") if isinstance(value, Mapping) else value
        for name, value in tree.items()
        if f"{prefix}{name}" not in keys
    }
