"""Refuses changes to Hydra's own settings that have no effect here, and says what to type instead."""

import argparse
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import hydra
from hydra.core.config_loader import ConfigLoader
from hydra.core.config_search_path import SearchPathQuery
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from nasamp.errors import ConfigError
from nasamp.schema.keys import did_you_mean

_ALLOWED = ("searchpath", "verbose", "callbacks", "job.env_set", "job.env_copy")
_ALLOWED_BY_A_SEARCH = (*_ALLOWED, "sweep.dir", "launcher")
_FILLED_BY_HYDRA = ("runtime", "overrides", "job.config_name", "job.override_dirname", "job.num", "job.id")
_FOLDERS = "type search.name=NAME for results/NAME, or hydra.sweep.dir=FOLDER for any folder of the whole search"
_LOGS = "each job logs to its train.log; hydra.verbose=true logs more"
_LAUNCHER = "type launcher=NAME, or write `override /launcher: NAME` in a file; --help lists them"
_PROCESSES = "each job needs a process of its own; leave it out"
_INSTEAD = {  # what to type instead; the longest matching key applies
    "mode": "only -m decides whether a command trains one model or many; leave it out",
    "run": _FOLDERS,
    "sweep.subdir": f"a job's folder is named after its phase and its model; {_FOLDERS}",
    "sweeper": "type the values after -m, as in -m model.layers=5,6, or keep them in search.axes",
    "launcher": _LAUNCHER,
    "launcher._target_": _LAUNCHER,
    "launcher.backend": _PROCESSES,
    "launcher.prefer": _PROCESSES,
    "launcher.require": _PROCESSES,
    "hydra_logging": _LOGS,
    "job_logging": _LOGS,
    "output_subdir": "the other apps read a job's settings from its folder's .hydra; leave it out",
    "job.chdir": "jobs run in the folder where the command was typed; leave it out",
    "job.name": "type search.name=NAME for the search, export.name=NAME for the model",
    "": "has no effect here; leave it out",
}
_ONCE = "this app runs once, and Hydra writes no folder and no log; leave it out"


def refuse_typed(arguments: Sequence[str], conf: Path, config_name: str, *, is_search: bool) -> None:
    """Raise ConfigError for a Hydra setting, typed or in one of the user's files, that would have no effect.

    This runs before Hydra, which would write its folders first.

    Args:
        arguments: flags first, overrides quoted for Hydra.
        conf: the folder of nasamp's config groups.
        config_name: the primary config there.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-cd", "--config-dir")
    parser.add_argument("-cn", "--config-name", default=config_name)
    parser.add_argument("-m", "--multirun", action="store_true")
    flags, overrides = parser.parse_known_args(arguments)
    is_run = not any(argument.startswith("-") for argument in overrides)
    has_files = flags.config_dir or flags.config_name != config_name
    if not is_run or not (has_files or any("hydra" in argument.partition("=")[0] for argument in overrides)):
        return
    if flags.config_dir and not Path(flags.config_dir).is_dir():
        raise ConfigError(f"--config-dir {flags.config_dir}: no such folder")
    parsed = OverridesParser.create().parse_overrides(overrides)
    _refuse_overrides(parsed, is_search=is_search)
    searched = [override for override in parsed if override.key_or_group == "hydra.searchpath"]
    if wrong := [override for override in searched if not isinstance(override.value(), list)]:
        raise ConfigError(f"{wrong[0].input_line}: must be a list of folders, as in hydra.searchpath=[FOLDER]")
    with hydra.initialize_config_dir(str(conf), version_base="1.3"), warnings.catch_warnings():
        warnings.filterwarnings("error", "provider=.* is not available", UserWarning)
        loader = _with_folder(GlobalHydra.instance().config_loader(), flags.config_dir)
        try:
            cfg = loader.load_configuration(flags.config_name, overrides, RunMode.MULTIRUN)
        except UserWarning as warning:
            folder = str(warning).partition("path=")[2].removesuffix(" is not available.")
            raise ConfigError(f"hydra.searchpath: {folder}: no such folder") from None
        except KeyError as error:
            raise ConfigError(f"hydra.job.env_copy: no such environment variable: {error}") from None
        path = [str(override.input_line) for override in searched]
        refuse(cfg, ours(loader, config_name, path, cfg, is_search=is_search), is_search=is_search)


def _with_folder(loader: ConfigLoader, folder: str | None) -> ConfigLoader:
    """Return a loader that also searches the folder of --config-dir, in the same order as Hydra."""
    if folder is None:
        return loader
    path = loader.get_search_path()
    path.prepend("command-line", f"file://{Path(folder).absolute()}", SearchPathQuery(provider="schema", path=None))
    return type(loader)(path)  # type: ignore[call-arg]


def ours(
    loader: ConfigLoader, config_name: str, path: Sequence[str], cfg: DictConfig, *, is_search: bool
) -> DictConfig:
    """Return the config composed from nasamp's own files, with the launcher of the composed config."""
    launcher = [f"launcher={cfg.hydra.runtime.choices.launcher}"] if is_search else []
    return loader.load_configuration(config_name, [*path, *launcher], RunMode.MULTIRUN)


def refuse(cfg: DictConfig, ours: DictConfig, *, is_search: bool) -> None:
    """Raise ConfigError, one line for each Hydra setting that differs from nasamp's and would have no effect.

    Args:
        cfg: composed from the typed overrides and the user's files.
        ours: composed from nasamp's files, with the same launcher.
    """
    actual, default = flat(cfg.hydra), flat(ours.hydra)
    chosen, default_choices = cfg.hydra.runtime.choices, ours.hydra.runtime.choices
    groups = [key for key in chosen if key.startswith("hydra/") and chosen[key] != default_choices.get(key)]
    changed = [key for key in {**default, **actual} if _differs(actual.get(key), default.get(key))]
    allowed = _ALLOWED_BY_A_SEARCH if is_search else _ALLOWED
    wrong = [(f"{key}={chosen[key]}", key.removeprefix("hydra/")) for key in groups if key != "hydra/callbacks"]
    wrong += [
        (f"hydra.{key}={actual[key]}" if key in actual else f"~hydra.{key}", key)
        for key in changed
        if not _is_below(key, allowed) or (key in _INSTEAD)
    ]
    _raise(wrong, is_search=is_search)
    problems = [_launcher_problem(key, actual, default, ours.hydra) for key in changed if _is_below(key, ("launcher",))]
    if not isinstance(cfg.hydra.verbose, bool | str) and not OmegaConf.is_list(cfg.hydra.verbose):
        problems.append(f"hydra.verbose={cfg.hydra.verbose}: must be true, false, or names of loggers")
    if lines := [problem for problem in problems if problem]:
        raise ConfigError("\n".join(lines))


def _refuse_overrides(parsed: Sequence[Override], *, is_search: bool) -> None:
    """Refuse overrides that might not compose: options of Hydra's groups, such as hydra/launcher, and deleted keys."""
    groups = [each for each in parsed if each.key_or_group.startswith("hydra/") or each.is_delete()]
    wrong = [(str(each.input_line).lstrip("+"), re.split("[./]", each.key_or_group, maxsplit=1)) for each in groups]
    _raise(
        [(line, key[-1]) for line, key in wrong if key[0] == "hydra" and not _is_below(key[-1], ("callbacks",))],
        is_search=is_search,
    )


def _launcher_problem(key: str, actual: Mapping[str, Any], default: Mapping[str, Any], ours: DictConfig) -> str | None:
    if key not in actual:
        return f"~hydra.{key}: the launcher requires it; leave it out"
    if key in default:
        reference = str(default[key])
        is_ours = reference.startswith("${launcher.")
        return f"hydra.{key}={actual[key]}: type {reference[2:-1]}={actual[key]}" if is_ours else None
    parent, _, name = key.rpartition(".")
    node = OmegaConf.select(ours, parent)
    if node is None or OmegaConf.get_type(node) is dict:
        return None  # a free mapping, such as sbatch's additional_parameters
    available = [str(each) for each in node if each != "_target_"]
    return f"hydra.{key}: this launcher has no '{name}'{did_you_mean(name, available)}"


def _raise(wrong: list[tuple[str, str]], *, is_search: bool) -> None:
    """Raise ConfigError, one line for each entry of ``_INSTEAD``; ``wrong`` holds pairs of override and key."""
    lines: dict[str, str] = {}
    for override, key in wrong:
        entry = max((entry for entry in _INSTEAD if not entry or _is_below(key, (entry,))), key=len)
        lines.setdefault(entry or key, f"{override}: {_INSTEAD[entry] if is_search else _ONCE}")
    if lines:
        raise ConfigError("\n".join(lines.values()))


def flat(node: DictConfig) -> dict[str, Any]:
    """Return the leaves of a node, interpolations unresolved, without what Hydra itself fills in."""
    leaves = _leaves(OmegaConf.to_container(node, resolve=False, enum_to_str=True))
    return {key: value for key, value in leaves if not _is_below(key, _FILLED_BY_HYDRA)}


def _leaves(tree: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _differs(actual: Any, default: Any) -> bool:
    return actual != default and bool(actual or default)  # null, false and an empty list are equivalent


def _is_below(key: str, prefixes: tuple[str, ...]) -> bool:
    return any(key == prefix or key.startswith(f"{prefix}.") for prefix in prefixes)
