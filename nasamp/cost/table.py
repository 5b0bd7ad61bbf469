"""Predicts what an architecture costs in an engine, by a table that was fitted to measured times. No torch."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from nasamp.architecture import Architecture, LayerArray, layer_array, nam_form
from nasamp.cost.terms import BY_WIDTH, SINGLE, terms

NAM_CORE = Path(__file__).with_name("tables") / "nam_core_avx2.json"
STANDARD = "A1 standard"  # the model of NAM that costs are multiples of; every table has its measured cost


@dataclass(frozen=True)
class Exact:
    """A measured architecture, of which the cost is looked up: the engine may have code for it alone.

    It has several arrays or kernel sizes: stacks of one kernel size are predicted many at once, and not looked up.
    """

    name: str
    arrays: tuple[LayerArray, ...]
    core: float


@dataclass(frozen=True)
class Table:
    """The costs of architectures in one engine, of one build, on one machine.

    Attributes:
        about: engine, version, build, machine, block: of the measurement.
        coefficients: by kind (see ``terms``) a number, or by width or activation numbers; shares of a core. Widths
            ascend, and the last activation is the most expensive.
        exact: measured architectures; ``STANDARD`` is one.
    """

    about: Mapping[str, Any]
    coefficients: Mapping[str, Any]
    exact: tuple[Exact, ...]

    @property
    def standard(self) -> float:
        """The share of a core that NAM's A1 standard takes."""
        return next(each.core for each in self.exact if each.name == STANDARD)

    @property
    def widths(self) -> list[int]:
        """The numbers of channels that have coefficients of their own."""
        return list(self.coefficients["channels"])

    def core(self, architecture: Architecture) -> Any:
        """Return the share of one core that a model takes; sizes may be NumPy arrays, and so is the result."""
        for each in self.exact:
            if _is(each.arrays, architecture):
                return each.core
        return self.by_terms(architecture)

    def by_terms(self, architecture: Architecture) -> Any:
        """Return the share of one core by the coefficients alone, also of an architecture that was measured."""
        by = self.coefficients
        values = [*(value for kind in BY_WIDTH for value in by[kind].values()), *by["activations"].values()]
        found = terms(architecture, self.widths, list(by["activations"])) @ np.array(
            [*values, *(by[kind] for kind in SINGLE)]
        )
        return found if found.ndim else float(found)

    def multiple(self, architecture: Architecture) -> Any:
        """Return the cost as a multiple of that of NAM's A1 standard.

        >>> from nasamp.architecture import stack
        >>> round(nam_core().multiple(stack(layers=8, channels=16, kernel_size=3)), 1)
        0.5
        """
        return self.core(architecture) / self.standard

    def basis(self, architecture: Architecture) -> str:
        """Return how the cost of an architecture is known: measured, predicted, or by which widths it is estimated."""
        if any(_is(each.arrays, architecture) for each in self.exact):
            return "measured"
        arrays, widths = nam_form(architecture).arrays, self.widths
        between = sorted({array.channels for array in arrays} - set(widths))
        used = {layer.activation.name for array in arrays for layer in array.layers}
        notes = [_between(width, widths) for width in between]
        notes += [f"{name} was not measured" for name in sorted(used - set(self.coefficients["activations"]))]
        return f"predicted; {', '.join(notes)}" if notes else "predicted"


def _is(arrays: tuple[LayerArray, ...], architecture: Architecture) -> bool:
    first = architecture.arrays[0]
    if isinstance(first.channels, np.ndarray) or isinstance(first.layers[0].kernel_size, np.ndarray):
        return False
    return len(arrays) == len(architecture.arrays) and arrays == nam_form(architecture).arrays


def _between(width: int, widths: list[int]) -> str:
    below, above = ([each for each in widths if (each < width) == is_below] for is_below in (True, False))
    if below and above:
        return f"{width} channels are interpolated between {below[-1]} and {above[0]}"
    return f"{width} channels are beyond {(below or above[:1])[-1]}, the nearest measured"


def read(path: Path) -> Table:
    """Return the table in a file that ``written`` made."""
    content = json.loads(path.read_text("utf-8"))
    by = content["coefficients"]
    by |= {kind: {int(width): value for width, value in by[kind].items()} for kind in BY_WIDTH}
    exact = [Exact(each["name"], tuple(map(layer_array, each["layers"])), each["core"]) for each in content["exact"]]
    return Table(content["about"], by, tuple(exact))


@lru_cache(maxsize=1)
def nam_core() -> Table:
    """Return the table of NAM's own engine that comes with nasamp."""
    return read(NAM_CORE)
