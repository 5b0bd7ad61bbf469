"""Checks a composed config against a tree of dataclasses, with one line for each mistake.

``schema.keys`` describes the leaves. A dataclass may have a method ``problem()`` for rules over several of its fields,
and a property ``without_effect``: the fields that others override, with the reason.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, cast, get_args

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from nasamp.errors import ConfigError
from nasamp.schema.keys import Leaves, alternatives, branch_of_others, hints, key_of, leaf_problem, leaves, unknown

Tree = TypeVar("Tree")


def check(cfg: DictConfig, tree: type[Tree], typed: Iterable[str] = ()) -> Tree:
    """Return a composed config as a typed one, without its ``hydra`` branch.

    Args:
        cfg: composed by Hydra.
        tree: the dataclass of the app's keys.
        typed: overrides; each must have an effect.

    Raises:
        ConfigError: one line for each wrong key and value, and for typed keys that another key overrides.
    """
    try:
        ours = OmegaConf.masked_copy(cfg, [str(key) for key in cfg if key != "hydra"])
        plain = cast(dict[str, Any], OmegaConf.to_container(ours, resolve=True))
    except OmegaConfBaseException as error:
        raise ConfigError(f"{error.full_key}: {str(error.msg).splitlines()[0]}") from None
    problems: list[str] = []
    config = _read(tree, plain, "", leaves(cast(type, tree)), problems)
    problems = problems or _without_effect(config, set(map(key_of, typed)))
    if problems:
        raise ConfigError("\n".join(dict.fromkeys(problems)))
    return cast(Tree, config)


def changed(config: Tree, values: Mapping[str, Any]) -> Tree:
    """Return a checked config with new values for some leaves, each valid by itself.

    Raises:
        ConfigError: the values contradict each other.
    """
    branches: dict[str, dict[str, Any]] = {}
    own = {}
    for key, value in values.items():
        branch, _, rest = key.partition(".")
        if rest:
            branches.setdefault(branch, {})[rest] = value
        else:
            own[branch] = value
    own |= {branch: changed(getattr(config, branch), inside) for branch, inside in branches.items()}
    result = replace(config, **own)  # type: ignore[type-var]
    if problem := getattr(result, "problem", lambda: None)():
        raise ConfigError(problem)
    return result


def _without_effect(config: Any, typed: Collection[str]) -> list[str]:
    by_reason = defaultdict(list)
    for branch in vars(config):
        for name, reason in getattr(getattr(config, branch), "without_effect", {}).items():
            if f"{branch}.{name}" in typed:
                by_reason[reason].append(f"{branch}.{name}")
    return [f"{', '.join(keys)}: has no effect, since {reason}; leave it out" for reason, keys in by_reason.items()]


def _as_kind(value: Any, hint: Any) -> Any:
    """Return a valid value converted to its type: a path, or text where YAML parsed digits as a number."""
    kinds = alternatives(get_args(hint)[0])
    if value is not None and Path in kinds:
        return Path(str(value)).expanduser()
    return str(value) if type(value) is int and str in kinds else value


def _read(tree: type, node: dict[str, Any], prefix: str, known: Leaves, problems: list[str]) -> Any:
    fields, values, before = hints(tree), {}, len(problems)
    others = {name: value for name, value in node.items() if name not in fields}
    for name, hint in fields.items():
        key, value = prefix + name, node.get(name, "???")
        if is_dataclass(hint):
            inner = value if isinstance(value, dict) else {}
            values[name] = _read(cast(type, hint), inner, f"{key}.", known, problems)
        elif branch := branch_of_others(hint):
            taken = {each: others.pop(each) for each, inner in list(others.items()) if isinstance(inner, dict)}
            values[name] = {
                each: _read(branch, inner, f"{prefix}{each}.", known, problems) for each, inner in taken.items()
            }
        elif problem := leaf_problem(key, value, known):
            problems.append(problem)
        else:
            values[name] = _as_kind(value, hint)
    problems += [f"{prefix}{name}: {unknown(f'{prefix}{name}', known)}" for name in others]
    if len(problems) > before:
        return None
    config = tree(**values)
    if problem := getattr(config, "problem", lambda: None)():
        problems.append(problem)
    return config
