"""Composes and checks a whole command before anything is written or started."""

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
from nasamp.schema import Config
from nasamp.schema.checking import check
from nasamp.search.jobs import ledger
from nasamp.search.plan import choices, overrides, starting, validation
from nasamp.search.plan.arguments import command
from nasamp.search.plan.axes import SHAPE
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
        notes: lines for the user.
    """

    cfg: DictConfig
    config: Config
    typed: overrides.Typed
    phases: tuple[Mapping[str, Any], ...]
    points: list[Point]
    bases: Mapping[Choice, tuple[Config, int]]
    composed: Mapping[tuple[str, Choice], DictConfig]
    is_multirun: bool
    notes: tuple[str, ...]

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

    @property
    def going(self) -> list[Point]:
        """The points that no constraint drops."""
        return [point for point in self.points if not point.dropped_because]

    def job_config(self, point: Point, phase: str) -> Config:
        """Return the checked config of a point in a phase, equal to the one that its job composes."""
        return self._configs.of(point, phase)

    def job_configs(self, point: Point) -> dict[str, Config]:
        """Return the checked config of a point in each phase."""
        return {phase["phase"]: self.job_config(point, phase["phase"]) for phase in self.phases}

    @cached_property
    def _configs(self) -> Configs:
        return Configs(self.composed, self.typed.axes)


def make(
    arguments: list[str], cfg: DictConfig, context: HydraContext, *, is_multirun: bool, line: Sequence[str] = ()
) -> Plan:
    """Return the checked plan of a command.

    Args:
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
    validation.check_values([], typed.axes, options)
    typed, cfg, notes = starting.resolved(typed, cfg, loader)
    configs = choices.composed(cfg, typed, loader)
    first = next(iter(configs.values()))
    if _declared(first) != _declared(cfg):  # an option of a group adds axes
        return make(arguments, first, context, is_multirun=is_multirun, line=line)
    phases = _phases(first, typed)
    validation.check_values([phase["phase"] for phase in phases], (), options)
    composed, bases = _bases(configs, typed, phases, loader)
    validation.check_names([config.data for config, _ in bases.values()])
    config = next(iter(bases.values()))[0]
    starting.refuse_unsuitable(bases.values())
    return Plan(first, config, typed, phases, expand(typed.axes, bases), bases, composed, is_multirun, notes)


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


def _bases(
    configs: Mapping[Choice, DictConfig],
    typed: overrides.Typed,
    phases: tuple[Mapping[str, Any], ...],
    loader: ConfigLoader,
) -> tuple[dict[tuple[str, Choice], DictConfig], dict[Choice, tuple[Config, int]]]:
    """Return the composed config for each phase and choice, and for each choice the checked config and sample rate."""
    single = [axis for axis in typed.axes if not axis.needs_composing]
    first, keys = {axis.key: axis.values[0] for axis in single}, [*typed.fixed, *(axis.key for axis in single)]
    composed, bases = {}, {}
    for phase, (choice, options) in product([each["phase"] for each in phases], choices.combinations(typed.axes)):
        cfg = configs[choice]
        if phase != cfg.hydra.runtime.choices.phase:
            cfg = choices.load(loader, cfg, [*typed.fixed, *options, f"phase={phase}"])
        composed[phase, choice] = cfg
        config = check(with_values(cfg.copy(), first), Config, keys)
        if choice not in bases:
            bases[choice] = (config, files.sample_rate(config.data))
    return composed, bases


def _without(tree: Mapping[str, Any], keys: set[str], prefix: str = "") -> dict[str, Any]:
    """Return a tree without some dotted keys, which may be leaves or branches."""
    return {
        name: _without(value, keys, f"{prefix}{name}.") if isinstance(value, Mapping) else value
        for name, value in tree.items()
        if f"{prefix}{name}" not in keys
    }
