"""What the formulas say of models, under the names of the tables' columns, and which constraint they break."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasamp import architecture
from nasamp.cost import measure, table
from nasamp.schema import Constraints, Model
from nasamp.schema.search import Measure

LIMITS = {  # what each constraint bounds, in the order in which they are looked at
    "max_latency_ms": "latency_ms",
    "min_parameters": "parameters",
    "max_parameters": "parameters",
    "max_macs_per_sample": "macs_per_sample",
}
COUNTED = ("parameters", "macs_per_sample", "tanh_per_sample", "receptive_field", "state_bytes", "nam_bytes")
_LARGEST = 2.0**50  # larger sizes all become this, so that nothing overflows

Column = NDArray[Any]


def columns(
    model: Model, sample_rate: Column | int, cost: Measure, many: Mapping[str, Column] | None = None
) -> dict[str, Column]:
    """Return sizes and costs of a model, or of many that differ in their channels and kernel size.

    Args:
        model: is valid; where there are many, one stack, see ``can_be_many``.
        sample_rate: in Hz, shape (models,) or ().
        cost: the search's measure, of which the column is added where a table predicts it.
        many: channels and kernel_size, each of shape (models,), integers.

    Returns:
        Arrays of shape (models,) or (); None stands for a number that is not the same in all layers.
    """
    many = many or {}
    floats = {key: sizes.astype(float) for key, sizes in many.items()}  # 8 ** 32 is no int64
    made = replace(model, **floats).architecture  # type: ignore[arg-type]
    counted = {
        column: np.minimum(values, _LARGEST).astype(np.int64)
        for column, values in zip(COUNTED, (*architecture.counts(made), architecture.nam_bytes(made)), strict=True)
    }
    latency = architecture.latency_ms(counted["receptive_field"], sample_rate)
    return {**_shape(model, made), **many, **counted, "latency_ms": latency, **predicted(made, cost)}


def predicted(made: architecture.Architecture, cost: Measure) -> dict[str, Column]:
    """Return the column of a measure that a table predicts; nothing for any other measure."""
    return {measure.COLUMN[cost]: np.asarray(table.nam_core().multiple(made))} if cost == "nam" else {}


def can_be_many(model: Model) -> bool:
    """Return whether ``columns`` takes many channels and kernel sizes of this model at once."""
    return model.arrays is None


def _shape(model: Model, made: architecture.Architecture) -> dict[str, Column]:
    """Return layers, channels, kernel size and dilation base, as far as all layers have the same."""
    if model.arrays is None:
        base = model.dilation_base if model.dilations is None else None
        found = {"layers": model.layers, "channels": model.channels, "kernel_size": model.kernel_size}
        return {key: np.array(value) for key, value in (found | {"dilation_base": base}).items()}
    widths = [array.channels for array in made.arrays]
    kernels = [layer.kernel_size for array in made.arrays for layer in array.layers]
    found = {"layers": len(kernels), "channels": _common(widths), "kernel_size": _common(kernels)}
    return {key: np.array(value) for key, value in (found | {"dilation_base": None}).items()}


def _common(values: Sequence[int]) -> int | None:
    return values[0] if len(set(values)) == 1 else None


def of(model: Model, sample_rate: int, cost: Measure) -> dict[str, int | float | None]:
    """Return sizes and costs of one model at a sample rate in Hz, see ``columns``."""
    return {key: column.item() for key, column in columns(model, sample_rate, cost).items()}


def first_broken(found: Mapping[str, Column], limits: Mapping[str, Column]) -> Column:
    """Return which constraint each model breaks, as its place in ``LIMITS``; -1 = none, so it stays.

    Args:
        limits: the constraints ``LIMITS``, each of shape (models,) or (); NaN = no limit.
    """
    result = np.full(len(found["parameters"]), -1)
    for place, (name, column) in reversed(list(enumerate(LIMITS.items()))):
        broken = found[column] < limits[name] if name.startswith("min_") else found[column] > limits[name]
        result[broken] = place
    return result


def limits(constraints: Constraints) -> dict[str, float]:
    """Return the constraints on ``LIMITS``; NaN = no limit."""
    found = {name: getattr(constraints, name) for name in LIMITS}
    return {name: float("nan") if value is None else float(value) for name, value in found.items()}


def reason(found: Mapping[str, int | float], constraints: Constraints, broken: int) -> str:
    """Return the constraint at this place of ``LIMITS`` and the number that breaks it; nothing for -1."""
    if broken < 0:
        return ""
    name, column = list(LIMITS.items())[broken]
    digits = ",.2f" if column == "latency_ms" else ","
    sign = "<" if name.startswith("min_") else ">"
    return f"{column} {found[column]:{digits}} {sign} {getattr(constraints, name):,}"
