"""Reads and writes a model's JSON file: without loss of float32 precision, and with checks of whatever is read."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from nasamp.atomic import write_text
from nasamp.errors import ExportError
from nasamp.schema import Data, Model
from nasamp.schema.keys import leaf_problem, leaves

LARGEST_BYTES = 64_000_000  # about five million weights; no plugin could run more in real time


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write an object on one line; arrays become lists of numbers with as few digits as float32 needs."""
    write_text(path, json.dumps(content, separators=(",", ":"), allow_nan=False, default=_listed))


_SIZES = {key: (int, leaves(Model)[key][1]) for key in ("layers", "channels", "kernel_size")}  # null in a config only
_SETTINGS = {**leaves(Model), **_SIZES, "sample_rate": (int, leaves(Data)["sample_rate"][1])}  # types and ranges


class Node:
    """One object in a JSON file, with its path for error messages; a missing or wrong value is an ExportError."""

    def __init__(self, content: Mapping[str, Any], place: str) -> None:
        """Store the content; messages put ``place`` before each key."""
        self.content, self._place = content, place

    def child(self, key: str) -> "Node":
        """Return the object under a key."""
        value = self._get(key)
        return Node(value, f"{self._place}{key}.") if isinstance(value, dict) else self._refuse(key, "an object", value)

    def children(self, key: str, count: int) -> list["Node"]:
        """Return the objects of the list under a key, which must have ``count`` of them."""
        values = self._get(key)
        if not isinstance(values, list) or len(values) != count or not all(isinstance(each, dict) for each in values):
            self._refuse(key, f"a list of {count} objects", values)
        return [Node(value, f"{self._place}{key}[{i}].") for i, value in enumerate(values)]

    def settings(self, **found: Any) -> dict[str, Any]:
        """Return the given settings of a network, after checking each against its type and range in the config."""
        for name, value in found.items():
            if problem := leaf_problem(name, value, _SETTINGS):
                self.refuse(problem)
        return found

    def sample_rate(self) -> int:
        """Return the sample rate in Hz."""
        return int(self.settings(sample_rate=self.content.get("sample_rate"))["sample_rate"])

    def numbers(self, key: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Return the array of a given shape under a key, as float32."""
        value = self._get(key)
        flat = _flat(value, shape)
        if flat is None:
            self._refuse(key, f"numbers of shape {shape}", value)
        try:
            with np.errstate(over="ignore"):
                array = np.array(flat, dtype=np.float64).astype(np.float32)
        except OverflowError:  # a whole number in JSON may have any number of digits
            array = np.full(shape, np.inf, dtype=np.float32)
        if not np.isfinite(array).all():
            raise ExportError(f"{self._place}{key}: holds a number that is too large for float32")
        return array.reshape(shape)

    def refuse(self, reason: str) -> NoReturn:
        """Raise ExportError about this object, with an excerpt of the reason that is safe to print."""
        raise ExportError(self.message(reason))

    def message(self, reason: str) -> str:
        """Return a line about this object, without control characters, which a file may hold."""
        shown = "".join(letter if letter.isprintable() else "?" for letter in reason[:200])
        return f"{self._place.rstrip('. :')}: {shown}"

    def _get(self, key: str) -> Any:
        if key not in self.content:
            raise ExportError(f"{self._place}{key}: is missing")
        return self.content[key]

    def _refuse(self, key: str, wanted: str, value: Any) -> NoReturn:
        raise ExportError(f"{self._place}{key}: must be {wanted}, but is {_described(value)}")


def read(path: Path) -> Node:
    """Return the object in a JSON file.

    Raises:
        ExportError: if the file is absent, larger than 64 MB or no JSON object, or holds NaN or infinity.
    """
    strange: list[str] = []  # constants that JSON has not, and Python reads

    def constant(name: str) -> float:
        strange.append(name)
        return math.nan

    try:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            raise ExportError(f"{path}: {size / 1e6:,.0f} MB; a model for a plugin has at most 64 MB")
        content = json.loads(path.read_text("utf-8"), parse_constant=constant)
    except OSError as error:
        raise ExportError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:  # not UTF-8, not JSON, a number of 5,000 digits, too deep
        raise ExportError(f"{path}: is not the JSON of a model: {str(error).splitlines()[0]}") from None
    if not isinstance(content, dict):
        raise ExportError(f"{path}: must hold an object, but holds {_described(content)}")
    if strange:
        Node(content, f"{path}: ").refuse(f"{_place_of_nan(content)}: holds {strange[0]}, which is not a number")
    return Node(content, f"{path}: ")


def _listed(array: Any) -> Any:
    if isinstance(array, np.ndarray):
        return array.astype(np.float32).astype(str).astype(np.float64).tolist()
    raise TypeError(f"{type(array).__name__} cannot be written to a JSON file")


def _place_of_nan(content: Mapping[str, Any]) -> str:
    """Return where the first NaN of an object is, such as ``config.layers[0].channels``."""
    left: list[tuple[str, Any]] = [("", content)]  # not by recursion, since a file may be deep
    while left:
        place, value = left.pop()
        if isinstance(value, dict):
            left += [(f"{place}.{key}", inner) for key, inner in reversed(value.items())]
        elif isinstance(value, list):
            left += [(f"{place}[{i}]", value[i]) for i in reversed(range(len(value)))]
        elif value != value:
            break
    return place.removeprefix(".")


def _flat(value: Any, shape: tuple[int, ...]) -> list[float] | None:
    """Return the numbers of nested lists in one list; None if the shape differs or a value is not a number."""
    flat = [value]
    for length in shape:
        if not all(isinstance(each, list) and len(each) == length for each in flat):
            return None
        flat = [inner for each in flat for inner in each]
    return flat if all(type(each) in (int, float) for each in flat) else None


def _described(value: Any) -> str:
    """Return a short description of a value, for a message."""
    if isinstance(value, list | dict):
        return f"{'a list' if isinstance(value, list) else 'an object'} of {len(value):,}"
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:40]}..."
