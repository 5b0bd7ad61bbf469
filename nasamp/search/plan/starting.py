"""Starts a search from a .nam: its architecture becomes the keys of ``model``, its digest the identity of the start."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hydra.core.config_loader import ConfigLoader
from omegaconf import DictConfig, OmegaConf

from nasamp.architecture import Architecture, in_words
from nasamp.errors import ConfigError, ExportError
from nasamp.export import nam_content
from nasamp.export.nam_content import NamContent
from nasamp.schema import Config, Model, Start, model_keys
from nasamp.schema.checking import check
from nasamp.schema.keys import leaf_problem, leaves
from nasamp.schema.model import OURS, SHAPE
from nasamp.schema.training import is_nam
from nasamp.search.plan import choices
from nasamp.search.plan.arguments import in_hydras_syntax, quoted
from nasamp.search.plan.axes import Axis
from nasamp.search.plan.overrides import Typed

_SHAPE_KEYS = {f"model.{name}": name for name in SHAPE}


@dataclass(frozen=True)
class _Branch:
    model: Model


def resolved(typed: Typed, cfg: DictConfig, loader: ConfigLoader) -> tuple[Typed, DictConfig, tuple[str, ...]]:
    """Return a command's overrides and config with the architecture of its ``start.path``, if that is a .nam.

    The keys of ``model`` that agree with the file are replaced, so that the jobs' configs alone describe the network.

    Returns:
        The last value are lines for the user.

    Raises:
        ConfigError: for a file that training cannot start from, and for each typed key that contradicts it.
    """
    if any(axis.key == "start.path" and any(is_nam(Path(str(value))) for value in axis.values) for axis in typed.axes):
        raise ConfigError("start.path: takes one .nam; run a command for each, with a search.name of its own")
    path = Path(str(cfg.start.path)).expanduser() if cfg.start.path else None
    if not path or not is_nam(path):
        return typed, cfg, ()
    held = _read(path)
    _refuse_disagreement(held.architecture, path, typed, cfg, loader)
    fixed = {_key(text): text for text in typed.fixed if _key(text) not in _SHAPE_KEYS}
    fixed |= _overrides(held.architecture)
    if "model.name" not in fixed:  # an option's name, where the file does not have the option's architecture
        name = cfg.model.name if _architecture(cfg) == held.architecture else None
        fixed["model.name"] = f"model.name={in_hydras_syntax(name)}"
    fixed["start.path"] = f"start.path={quoted(str(path.resolve()))}"
    fixed["start.identity"] = f"start.identity={quoted(_digest(path))}"
    axes = tuple(axis for axis in typed.axes if axis.key not in _SHAPE_KEYS)
    typed = replace(typed, fixed=tuple(fixed.values()), axes=axes)
    cfg = choices.load(loader, cfg, typed.fixed)
    return typed, cfg, (*([held.note] if held.note else []), line(path, held.architecture))


def refuse_unsuitable(bases: Iterable[tuple[Config, int]]) -> None:
    """Raise ConfigError for a .nam that is not of all jobs, or of another sample rate than a recording.

    Args:
        bases: the checked configs, and the sample rates in Hz.
    """
    for config, rate in bases:
        start = config.start
        if start.nam and not start.identity:
            raise ConfigError(f"start.path={start.nam}: is set by an option of an axis; type it, for the whole search")
        if start.nam and (own := _read(start.nam).sample_rate) != rate:
            raise ConfigError(
                f"start.path={start.nam}: plays at {own:,} Hz, but the recording has {rate:,} Hz; "
                f"data.resample={own} resamples the recording"
            )


def refuse_changed(start: Start) -> None:
    """Raise ConfigError for a .nam that is not the one that the search began with."""
    if start.nam and _digest(start.nam) != start.identity:
        raise ConfigError(f"start.path={start.nam}: has changed since the search began; run the command again")


def refuse_removal(start: Start, jobs: Iterable[Path]) -> None:
    """Raise ConfigError for a .nam in a job's folder that is to be replaced."""
    if found := next((job for job in jobs if start.nam and job.resolve() in start.nam.parents), None):
        raise ConfigError(
            f"start.path={start.nam}: lies in {found}, which this command would replace; "
            "search.name=... uses another folder"
        )


def line(path: Path, architecture: Architecture) -> str:
    """Return a line for the user: where training starts."""
    return f"starts from {path}: {in_words(architecture)}"


def _read(path: Path) -> NamContent:
    try:
        return nam_content.trainable(path)
    except ExportError as error:
        raise ConfigError(f"start.path={error}") from None


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _refuse_disagreement(
    architecture: Architecture, path: Path, typed: Typed, cfg: DictConfig, loader: ConfigLoader
) -> None:
    """Raise ConfigError, one line for each typed key or option of ``model`` that contradicts the architecture."""
    if cfg.model._target_ != OURS:
        raise ConfigError(
            f"model._target_={cfg.model._target_}: start.path={path} has a network of {OURS}; leave it out"
        )
    names = [_SHAPE_KEYS[key] for text in typed.fixed if (key := _key(text)) in _SHAPE_KEYS]
    settings = {name: _plain(cfg)[name] for name in names}
    found = (leaf_problem(f"model.{name}", value, leaves(Config)) for name, value in settings.items())
    if problems := [problem for problem in found if problem]:
        raise ConfigError("\n".join(problems))
    disagreeing = {} if _architecture(cfg) == architecture else model_keys.disagreeing(architecture, settings)
    wrong = {f"model.{name}={in_hydras_syntax(settings[name])}": held for name, held in disagreeing.items()}
    for axis in (axis for axis in typed.axes if axis.key in _SHAPE_KEYS):
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
    name = _SHAPE_KEYS[axis.key]
    for value in axis.values:
        held = model_keys.disagreeing(architecture, {**settings, name: value})
        if name in held:
            return {f"{axis.key}={','.join(map(in_hydras_syntax, axis.values))}": held[name]}
    return {}


def _options(typed: Typed, cfg: DictConfig, loader: ConfigLoader) -> dict[str, Architecture | None]:
    """Return the architecture of each typed option of ``model``."""
    if "model" in map(_key, typed.fixed):
        return {f"model={cfg.hydra.runtime.choices.model}": _architecture(cfg)}
    options = [f"model={option}" for axis in typed.axes if axis.key == "model" for option in axis.values]
    return {option: _architecture(choices.load(loader, cfg, [*typed.fixed, option])) for option in options}


def _architecture(cfg: DictConfig) -> Architecture | None:
    """Return the architecture that a config describes; None where its keys do not fit together."""
    try:
        return check(OmegaConf.create({"model": _plain(cfg)}), _Branch).model.architecture
    except ConfigError:
        return None


def _plain(cfg: DictConfig) -> Any:
    return OmegaConf.to_container(cfg.model, resolve=True)


def _overrides(architecture: Architecture) -> dict[str, str]:
    """Return the overrides that set an architecture, by key."""
    keys = model_keys.of(architecture) or {}
    return {f"model.{name}": f"model.{name}={in_hydras_syntax(value)}" for name, value in keys.items()}


def _key(text: str) -> str:
    return text.partition("=")[0].lstrip("+")
