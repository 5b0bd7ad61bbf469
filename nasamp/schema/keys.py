"""The keys of a config schema: types, sentences and ranges, and error messages for wrong keys and values.

A leaf of the schema is ``Annotated[type, Says(sentence, low, high)]``. A field ``Annotated[dict[str, Branch], OTHERS]``
collects every mapping under a name that is no other field, each a ``Branch``.
"""

import difflib
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import is_dataclass
from functools import cache
from math import inf
from pathlib import Path
from typing import Any, Literal, NamedTuple, Union, cast, get_args, get_origin, get_type_hints


class Says(NamedTuple):
    """The meaning of a leaf, and its range, both ends included."""

    sentence: str
    low: float = -inf
    high: float = inf


OTHERS = "others"  # marks the field that collects all other names
_ANY = "*"  # in a dotted key: any name in a field marked OTHERS

Leaves = Mapping[str, tuple[Any, Says]]  # dotted key: its type and description
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


@cache
def leaves(tree: type) -> Leaves:
    """Return the keys of a schema: dotted name, type, sentence and range."""
    return dict(_leaves(tree))


def leaf_problem(key: str, value: Any, known: Leaves) -> str | None:
    """Return why one value is invalid, or None."""
    place = _declared(key, known)
    if place not in known:
        return None if inside_mapping(key, known) else f"{key}: {unknown(key, known)}"
    kind, says = known[place]
    kinds = alternatives(kind)
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
    return " or ".join(_words(each) for each in alternatives(kind))


def key_of(text: str) -> str:
    """Return the key or group of an override as typed.

    >>> key_of("+model.layers=5")
    'model.layers'
    """
    return text.partition("=")[0].lstrip("+")


def is_path(key: str, known: Leaves) -> bool:
    """Return whether the key holds a file or a folder."""
    return key in known and Path in alternatives(known[key][0])


def is_text(key: str, known: Leaves) -> bool:
    """Return whether the key holds free text, which may be digits."""
    return key in known and str in alternatives(known[key][0])


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


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a suggestion: the closest known word, or all of them.

    >>> did_you_mean("layrs", ["layers", "channels"])
    "; did you mean 'layers'?"
    """
    matches = difflib.get_close_matches(word, sorted(known), 1)
    return f"; did you mean '{matches[0]}'?" if matches else f"; there are: {', '.join(sorted(known))}"


@cache
def hints(tree: type) -> dict[str, Any]:
    """Return the annotated types of a dataclass's fields, by name."""
    return get_type_hints(tree, include_extras=True)


def branch_of_others(hint: Any) -> type | None:
    """Return the dataclass of each branch in a field marked OTHERS; None for any other field."""
    kind, *marks = get_args(hint)
    return cast(type, get_args(kind)[1]) if OTHERS in marks else None


def alternatives(kind: Any) -> tuple[Any, ...]:
    """Return the members of a union; any other type alone."""
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def _leaves(tree: type, prefix: str = "") -> Iterator[tuple[str, tuple[Any, Says]]]:
    for name, hint in hints(tree).items():
        if is_dataclass(hint):
            yield from _leaves(cast(type, hint), f"{prefix}{name}.")
        elif branch := branch_of_others(hint):
            yield from _leaves(branch, f"{prefix}{_ANY}.")
        else:
            kind, says = get_args(hint)
            yield prefix + name, (kind, says)


def _declared(key: str, known: Leaves) -> str:
    """Return the key as the schema writes it: ``*`` for a name in a field marked OTHERS."""
    parts = key.split(".")
    for i in range(len(parts) - 1):
        own, others = (".".join([*parts[:i], name, ""]) for name in (parts[i], _ANY))
        if any(leaf.startswith(others) for leaf in known) and not any(leaf.startswith(own) for leaf in known):
            return others + ".".join(parts[i + 1 :])
    return key


def _is_mapping(kind: Any) -> bool:
    origin: Any = get_origin(kind)
    return origin is dict


def _is_a(value: Any, kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return isinstance(value, str) and value in get_args(kind)
    plain = get_origin(kind) or kind
    return type(value) in {Path: (str, int), str: (str, int), float: (float, int)}.get(plain, (plain,))


def _words(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return ", ".join(get_args(kind))
    return _WORDS[get_origin(kind) or kind]
