"""Check a composed config against a tree of dataclasses, with one line for each mistake.

A leaf of the tree is ``Annotated[type, Says(sentence, low, high)]``. A field ``Annotated[dict[str, Branch], OTHERS]``
collects every mapping under a name that is no other field, each a ``Branch``. A dataclass may have a method
``problem()`` for rules over several of its fields.
"""

import difflib
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import is_dataclass, replace
from functools import cache
from math import inf
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from nasamp.errors import ConfigError


class Says(NamedTuple):
    """The meaning of a leaf, and its range, both ends included."""

    sentence: str
    low: float = -inf
    high: float = inf


OTHERS = "others"  # marks the field that collects all other names
_ANY = "*"  # in a dotted key: any name in a field marked OTHERS

Tree = TypeVar("Tree")
Leaves = Mapping[str, tuple[Any, Says]]  # dotted key: its type and description


def _leaves(tree: type, prefix: str = "") -> Iterator[tuple[str, tuple[Any, Says]]]:
    for name, hint in _hints(tree).items():
        if is_dataclass(hint):
            yield from _leaves(cast(type, hint), f"{prefix}{name}.")
        elif branch := _branch_of_others(hint):
            yield from _leaves(branch, f"{prefix}{_ANY}.")
        else:
            kind, says = get_args(hint)
            yield prefix + name, (kind, says)


def _branch_of_others(hint: Any) -> type | None:
    """Return the dataclass of each branch in a field marked OTHERS; None for any other field."""
    kind, *marks = get_args(hint)
    return cast(type, get_args(kind)[1]) if OTHERS in marks else None


@cache
def _hints(tree: type) -> dict[str, Any]:
    return get_type_hints(tree, include_extras=True)


@cache
def leaves(tree: type) -> Leaves:
    """Return the keys of a schema: dotted name, type, sentence and range."""
    return dict(_leaves(tree))


def check(cfg: DictConfig, tree: type[Tree]) -> Tree:
    """Return a composed config as a typed one, without its ``hydra`` branch.

    Raises:
        ConfigError: one line for each wrong key and value.
    """
    try:
        ours = OmegaConf.masked_copy(cfg, [str(key) for key in cfg if key != "hydra"])
        plain = cast(dict[str, Any], OmegaConf.to_container(ours, resolve=True))
    except OmegaConfBaseException as error:
        raise ConfigError(f"{error.full_key}: {str(error.msg).splitlines()[0]}") from None
    problems: list[str] = []
    config = _read(tree, plain, "", leaves(cast(type, tree)), problems)
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


def leaf_problem(key: str, value: Any, known: Leaves) -> str | None:
    """Return why one value is invalid, or None."""
    place = _declared(key, known)
    if place not in known:
        return None if inside_mapping(key, known) else f"{key}: {unknown(key, known)}"
    kind, says = known[place]
    kinds = _alternatives(kind)
    if value == "???":
        return f"{key}: is required ({says.sentence}); set {key}=..."
    if not any(_is_a(value, each) for each in kinds):
        hint = "; quote a string in YAML" if str in kinds and type(value) in (bool, float) else ""
        return f"{key}={value}: must be {kinds_in_words(kind)} ({says.sentence}){hint}"
    if type(value) in (int, float) and not says.low <= value <= says.high:  # NaN too
        bounds = f"at least {says.low:,}" if says.high == inf else f"{says.low:,} to {says.high:,}"
        return f"{key}={value}: must be {bounds} ({says.sentence})"
    return None


def kinds_in_words(kind: Any) -> str:
    """Return the values that a type allows, in words.

    >>> kinds_in_words(int | None)
    'a whole number or null'
    """
    return " or ".join(_words(each) for each in _alternatives(kind))


def is_path(key: str, known: Leaves) -> bool:
    """Return whether the key holds a file or a folder."""
    return key in known and Path in _alternatives(known[key][0])


def is_text(key: str, known: Leaves) -> bool:
    """Return whether the key holds free text, which may be digits."""
    return key in known and str in _alternatives(known[key][0])


def inside_mapping(key: str, known: Leaves) -> bool:
    """Return whether the key lies inside a free mapping, such as ``callbacks``."""
    parts = key.split(".")
    parents = (".".join(parts[:i]) for i in range(1, len(parts)))
    return any(parent in known and _is_mapping(known[parent][0]) for parent in parents)


def unknown(key: str, known: Leaves) -> str:
    """Return an error message for a key that does not exist, with the closest one that does."""
    parent, _, name = key.rpartition(".")
    place = _declared(key, known).rpartition(".")[0]
    if place in known:
        return f"{parent} is a value and has no keys"
    prefix = f"{place}." if place else ""
    inside = [leaf.removeprefix(prefix) for leaf in known if leaf.startswith(prefix)]
    if not inside:
        return unknown(parent, known)
    names = {leaf.partition(".")[0] for leaf in inside} - {"_target_", _ANY}
    return f"{parent or 'the config'} has no '{name}'" + did_you_mean(name, names)


def _declared(key: str, known: Leaves) -> str:
    """Return the key as the schema writes it: ``*`` for a name in a field marked OTHERS."""
    parts = key.split(".")
    for i in range(len(parts) - 1):
        own, others = (".".join([*parts[:i], name, ""]) for name in (parts[i], _ANY))
        if any(leaf.startswith(others) for leaf in known) and not any(leaf.startswith(own) for leaf in known):
            return others + ".".join(parts[i + 1 :])
    return key


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a suggestion: the closest known word, or all of them.

    >>> did_you_mean("layrs", ["layers", "channels"])
    "; did you mean 'layers'?"
    """
    matches = difflib.get_close_matches(word, sorted(known), 1)
    return f"; did you mean '{matches[0]}'?" if matches else f"; there are: {', '.join(sorted(known))}"


_WORDS = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a word",
    Path: "a path",
    list: "a list",
    dict: "a mapping",
    types.NoneType: "null",
}


def _is_mapping(kind: Any) -> bool:
    origin: Any = get_origin(kind)
    return origin is dict


def _alternatives(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def _is_a(value: Any, kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return isinstance(value, str) and value in get_args(kind)
    plain = get_origin(kind) or kind
    return type(value) in {Path: (str, int), str: (str, int), float: (float, int)}.get(plain, (plain,))


def _as_kind(value: Any, hint: Any) -> Any:
    """Return a valid value converted to its type: a path, or text where YAML parsed digits as a number."""
    kinds = _alternatives(get_args(hint)[0])
    if value is not None and Path in kinds:
        return Path(str(value)).expanduser()
    return str(value) if type(value) is int and str in kinds else value


def _words(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return ", ".join(get_args(kind))
    return _WORDS[get_origin(kind) or kind]


def _read(tree: type, node: dict[str, Any], prefix: str, known: Leaves, problems: list[str]) -> Any:
    hints, values, before = _hints(tree), {}, len(problems)
    others = {name: value for name, value in node.items() if name not in hints}
    for name, hint in hints.items():
        key, value = prefix + name, node.get(name, "???")
        if is_dataclass(hint):
            inner = value if isinstance(value, dict) else {}
            values[name] = _read(cast(type, hint), inner, f"{key}.", known, problems)
        elif branch := _branch_of_others(hint):
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
