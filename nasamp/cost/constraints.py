"""What the formulas say of models, under the names of the tables' columns, and which constraint they break."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasamp import architecture
from nasamp.schema import Constraints, Model

SHAPE = ("layers", "channels", "kernel_size", "dilation_base")  # what the formulas depend on, fields of Model
LIMITS = {  # what each constraint bounds, in the order in which they are looked at
    "max_latency_ms": "latency_ms",
    "min_parameters": "parameters",
    "max_parameters": "parameters",
    "max_macs_per_sample": "macs_per_sample",
}
COUNTED = ("parameters", "macs_per_sample", "tanh_per_sample", "receptive_field", "state_bytes", "nam_bytes")
_LARGEST = 2.0**50  # larger sizes are not told apart, and overflow nothing

Column = NDArray[Any]


def columns(shapes: Mapping[str, Column], sample_rate: Column) -> dict[str, Column]:
    """Return sizes and costs of many architectures at once.

    Args:
        shapes: the columns ``SHAPE``, each of shape (models,), integers.
        sample_rate: in Hz, shape (models,).
    """
    layers, base = shapes["layers"], shapes["dilation_base"]
    order = np.lexsort((base, layers))
    ends = np.flatnonzero(np.diff(layers[order]) | np.diff(base[order])) + 1
    found = {column: np.empty(len(order)) for column in COUNTED}
    for at in np.split(order, ends):  # stacks of the same dilations
        channels, kernel_size = (
            shapes[key][at].astype(float) for key in ("channels", "kernel_size")
        )  # 8 ** 32 is no int64
        made = architecture.stack(int(layers[at[0]]), channels, kernel_size, int(base[at[0]]))  # type: ignore[arg-type]
        for column, values in _counted(made).items():
            found[column][at] = values
    counted = {column: np.minimum(values, _LARGEST).astype(np.int64) for column, values in found.items()}
    return {**shapes, **counted, "latency_ms": architecture.latency_ms(counted["receptive_field"], sample_rate)}


def _counted(network: architecture.Architecture) -> dict[str, Any]:
    sizes = (*architecture.counts(network), architecture.nam_bytes(network))
    return dict(zip(COUNTED, sizes, strict=True))


def of(model: Model, sample_rate: int) -> dict[str, int | float]:
    """Return sizes and costs of one architecture at a sample rate in Hz."""
    shape = {key: np.array([getattr(model, key)]) for key in SHAPE}
    return {key: column.item() for key, column in columns(shape, np.array([sample_rate])).items()}


def first_broken(found: Mapping[str, Column], limits: Mapping[str, Column]) -> Column:
    """Return which constraint each model breaks, as its place in ``LIMITS``; -1 = none, so it stays.

    Args:
        found: see ``columns``.
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
