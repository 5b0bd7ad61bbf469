"""Refuses typed keys and options of ``model`` that contradict the architecture from which a training starts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.core.config_loader import ConfigLoader
from omegaconf import DictConfig, OmegaConf

from nasamp.architecture import Architecture, in_words
from nasamp.errors import ConfigError
from nasamp.schema import Config, Model, model_keys
from nasamp.schema.checking import check
from nasamp.schema.keys import key_of, leaf_problem, leaves
from nasamp.schema.model import OURS, SHAPE
from nasamp.search.plan import choices
from nasamp.search.plan.arguments import in_hydras_syntax
from nasamp.search.plan.axes import Axis
from nasamp.search.plan.overrides import Typed

SHAPE_KEYS = {f"model.{name}": name for name in SHAPE}


@dataclass(frozen=True)
class _Branch:
    model: Model


def refuse_disagreement(
    architecture: Architecture, path: Path, typed: Typed, cfg: DictConfig, loader: ConfigLoader
) -> None:
    """Raise ConfigError, one line for each typed key or option of ``model`` that contradicts the architecture."""
    if cfg.model._target_ != OURS:
        raise ConfigError(
            f"model._target_={cfg.model._target_}: start.path={path} has a network of {OURS}; leave it out"
        )
    names = [SHAPE_KEYS[key] for text in typed.fixed if (key := key_of(text)) in SHAPE_KEYS]
    settings = {name: _plain(cfg)[name] for name in names}
    found = (leaf_problem(f"model.{name}", value, leaves(Config)) for name, value in settings.items())
    if problems := [problem for problem in found if problem]:
        raise ConfigError("\n".join(problems))
    disagreeing = {} if architecture_of(cfg) == architecture else model_keys.disagreeing(architecture, settings)
    wrong = {f"model.{name}={in_hydras_syntax(settings[name])}": held for name, held in disagreeing.items()}
    for axis in (axis for axis in typed.axes if axis.key in SHAPE_KEYS):
        wrong |= _of_axis(architecture, axis, settings)
    if not wrong:
        options = _options(typed, cfg, loader)
        wrong = {text: in_words(architecture) for text, made in options.items() if made != architecture}
    if wrong:
        lines = [
            f"{text}: start.path={path} has {held}; leave it out to train that network" for text, held in wrong.items()
        ]
        raise ConfigError("\n".join(lines))


def _of_axis(architecture: Architecture, axis: Axis, settings: Mapping[str, Any]) -> dict[str, str]:
    """Return what the architecture has instead of the values of an axis; empty if all agree."""
    name = SHAPE_KEYS[axis.key]
    for value in axis.values:
        held = model_keys.disagreeing(architecture, {**settings, name: value})
        if name in held:
            return {f"{axis.key}={','.join(map(in_hydras_syntax, axis.values))}": held[name]}
    return {}


def _options(typed: Typed, cfg: DictConfig, loader: ConfigLoader) -> dict[str, Architecture | None]:
    """Return the architecture of each typed option of ``model``."""
    if "model" in map(key_of, typed.fixed):
        return {f"model={cfg.hydra.runtime.choices.model}": architecture_of(cfg)}
    options = [f"model={option}" for axis in typed.axes if axis.key == "model" for option in axis.values]
    return {option: architecture_of(choices.load(loader, cfg, [*typed.fixed, option])) for option in options}


def architecture_of(cfg: DictConfig) -> Architecture | None:
    """Return the architecture that a config describes; None where its keys do not fit together."""
    try:
        return check(OmegaConf.create({"model": _plain(cfg)}), _Branch).model.architecture
    except ConfigError:
        return None


def _plain(cfg: DictConfig) -> Any:
    return OmegaConf.to_container(cfg.model, resolve=True)
