"""Checks a tree of lists and mappings, read from a file, against a schema of types."""

from collections.abc import Iterable, Mapping
from types import UnionType
from typing import Any

Shape = type | UnionType | list[Any] | dict[Any, Any]
WORDS = {str: "a text", int: "a whole number", list: "a list", dict: "a mapping"}


def problem(value: Any, shape: Shape, place: str) -> str:
    """Return the first mismatch between a value and a shape, as an error message; empty if it matches.

    A shape is a type; ``[shape]``, a list of that shape; ``{str: shape}``, a mapping with values of that shape; or a
    mapping of keys to shapes, where keys that end in ``!`` are required.

    >>> problem([{"id": 1}, {"id": "x"}], [{"id!": int}], "points")
    "points[1].id: must be a whole number, but is 'x'"
    >>> problem({}, {"id!": int}, "point")
    'point.id: is missing'
    """
    if isinstance(shape, list):
        if not isinstance(value, list):
            return _wrong(value, list, place)
        return _first((f"{place}[{i}]", each, shape[0]) for i, each in enumerate(value))
    if not isinstance(shape, dict):
        fits = isinstance(value, shape) and not (isinstance(value, bool) and shape is int)
        return "" if fits else _wrong(value, shape, place)
    if not isinstance(value, Mapping):
        return _wrong(value, dict, place)
    if str in shape:
        return _first((f"{place}.{key}", each, shape[str]) for key, each in value.items())
    shapes = {key.removesuffix("!"): each for key, each in shape.items()}
    if missing := [key[:-1] for key in shape if key.endswith("!") and key[:-1] not in value]:
        return f"{place}.{missing[0]}: is missing"
    return _first((f"{place}.{name}", value[name], each) for name, each in shapes.items() if name in value)


def _first(parts: Iterable[tuple[str, Any, Shape]]) -> str:
    return next((found for place, value, shape in parts if (found := problem(value, shape, place))), "")


def _wrong(value: Any, shape: Any, place: str) -> str:
    shown = repr(value) if isinstance(value, str | int | float | None) else f"a {type(value).__name__}"
    return f"{place}: must be {WORDS.get(shape, 'something else')}, but is {shown[:40]}"
