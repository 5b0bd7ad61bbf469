"""Starts a search from a .nam: its architecture becomes the keys of ``model``, its digest the identity of the start."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from hydra.core.config_loader import ConfigLoader
from omegaconf import DictConfig

from nasamp.architecture import Architecture, in_words
from nasamp.errors import ConfigError, ExportError
from nasamp.export import nam_content
from nasamp.export.nam_content import NamContent
from nasamp.schema import Config, Start, model_keys
from nasamp.schema.keys import key_of
from nasamp.schema.training import is_nam
from nasamp.search.plan import agreement, choices
from nasamp.search.plan.agreement import SHAPE_KEYS
from nasamp.search.plan.arguments import in_hydras_syntax, quoted
from nasamp.search.plan.overrides import Typed


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
    agreement.refuse_disagreement(held.architecture, path, typed, cfg, loader)
    fixed = {key_of(text): text for text in typed.fixed if key_of(text) not in SHAPE_KEYS}
    fixed |= _overrides(held.architecture)
    if "model.name" not in fixed:  # an option's name, where the file does not have the option's architecture
        name = cfg.model.name if agreement.architecture_of(cfg) == held.architecture else None
        fixed["model.name"] = f"model.name={in_hydras_syntax(name)}"
    fixed["start.path"] = f"start.path={quoted(str(path.resolve()))}"
    fixed["start.identity"] = f"start.identity={quoted(_digest(path))}"
    axes = tuple(axis for axis in typed.axes if axis.key not in SHAPE_KEYS)
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


def _overrides(architecture: Architecture) -> dict[str, str]:
    """Return the overrides that set an architecture, by key."""
    keys = model_keys.of(architecture) or {}
    return {f"model.{name}": f"model.{name}={in_hydras_syntax(value)}" for name, value in keys.items()}
