"""The points of a search: the product of its axes, each with its name, costs and any violated constraint."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from nasamp import tables
from nasamp.architecture import short_name
from nasamp.cost import constraints
from nasamp.quantities import QUANTITIES
from nasamp.schema import Config, Model
from nasamp.search.plan.axes import SHAPE, Axis
from nasamp.search.plan.costs import costed


@dataclass(frozen=True)
class Point:
    """One combination of the axes' values.

    Attributes:
        label: its unique name without the id: L8_C16_K3, and any other varied setting.
        values: by axis key.
        task: the values of the axes that are tasks.
        candidate: the label without tasks and replicas.
        costs: by column, see ``constraints.columns``.
        dropped_because: the constraint that it violates; empty for valid points.
    """

    label: str
    values: Mapping[str, Any]
    task: tuple[Any, ...]
    candidate: str
    overrides: tuple[str, ...]
    costs: Mapping[str, Any]
    dropped_because: str


def expand(axes: Sequence[Axis], bases: Mapping[tuple[Any, ...], tuple[Config, int]]) -> list[Point]:
    """Return the full grid, layers outermost.

    Args:
        bases: the checked config and the sample rate in Hz for each choice.
    """
    axes = sorted(axes, key=lambda axis: SHAPE.index(axis.key) if axis.key in SHAPE else len(SHAPE))
    return list(_points(axes, bases))


def name(point: Point, id_: int | None) -> str:
    """Return the name of a point's folder and run; the id is None for a single job.

    >>> name(Point("L8_C16_K3", {}, (), "L8_C16_K3", (), {}, ""), 12)
    'search_012_L8_C16_K3'
    """
    return point.label if id_ is None else f"search_{id_:03d}_{point.label}"


def describe(points: Sequence[Point], names: Mapping[str, tuple[int, str]], cost: str) -> str:
    """Return the report of a dry run: a table with a row per point, and a summary.

    Args:
        names: id and name of each point, by its label.
        cost: the column of the models' cost.
    """
    quantity = QUANTITIES[cost]
    header = ["id", "name", "latency_ms", "receptive field", "parameters", quantity.axis, ""]
    rows = [
        [
            *names[point.label],
            f"{point.costs['latency_ms']:.2f}",
            f"{point.costs['receptive_field']:,}",
            f"{point.costs['parameters']:,}",
            format(point.costs[cost], quantity.style) if cost in point.costs else "",
            point.dropped_because or "kept",
        ]
        for point in points
    ]
    return f"{tables.terminal(header, rows)}\n\n{summary(points)}"


def summary(points: Sequence[Point]) -> str:
    """Return how many points are valid, and the range of their sizes."""
    kept = [point.costs for point in points if not point.dropped_because]
    text = f"{len(kept)} of {len(points)} points valid"
    if not kept:
        return text
    latencies, counts = ([costs[column] for costs in kept] for column in ("latency_ms", "parameters"))
    return (
        f"{text}: receptive field (latency_ms) {min(latencies):.2f}-{max(latencies):.2f} ms, "
        f"{min(counts):,}-{max(counts):,} parameters"
    )


def _points(axes: Sequence[Axis], bases: Mapping[tuple[Any, ...], tuple[Config, int]]) -> Iterator[Point]:
    keys = [axis.key for axis in axes]
    tasks, competing = ([axis.key for axis in axes if axis.role == role] for role in ("task", "candidate"))
    columns, broken = costed(axes, bases)
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    choosing = [i for i, axis in enumerate(axes) if axis.needs_composing]
    tell_apart = _options_in_labels([axes[i].key for i in choosing], bases)
    grid = product(*(zip(axis.values, axis.overrides, strict=True) for axis in axes))
    for cells, row, limit in zip(grid, rows, broken.tolist(), strict=True):
        values = dict(zip(keys, (value for value, _ in cells), strict=True))
        numbers = dict(zip(columns, row, strict=True))
        base, _ = bases[tuple(cells[i][0] for i in choosing)]
        in_label = {key: value for key, value in values.items() if key != "model" or value in tell_apart}
        label = _label(base.model, numbers, in_label)
        yield Point(
            label,
            values,
            tuple(values[key] for key in tasks),
            label
            if competing == keys
            else _label(base.model, numbers, {key: value for key, value in in_label.items() if key in competing}),
            tuple(text for _, text in cells),
            numbers,
            constraints.reason(numbers, base.search.constraints, limit),
        )


def _options_in_labels(
    choosing: Sequence[str], bases: Mapping[tuple[Any, ...], tuple[Config, int]]
) -> AbstractSet[Any]:
    """Return the options of an axis ``model`` that labels state, since the architecture's name does not imply them.

    Those are the options without a ``name``, unless it is one alone among presets.
    """
    if "model" not in choosing:
        return frozenset()
    names = {choice[choosing.index("model")]: base.model.name for choice, (base, _) in bases.items()}
    unnamed = {option for option, own in names.items() if own is None}
    return frozenset() if len(unnamed) == 1 < len(names) else unnamed


def _label(base: Model, numbers: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    """Return the name of an architecture, and each other varied setting."""
    named: tuple[str, ...] = ()
    if base.name:
        shape = base.name
    elif base.arrays is not None or values.get("model.arrays") is not None:
        keys = {key.removeprefix("model."): value for key, value in values.items() if key.startswith("model.")}
        shape = short_name(replace(base, **keys).architecture)
    else:
        shape, named = f"L{numbers['layers']}_C{numbers['channels']}_K{numbers['kernel_size']}", SHAPE
    others = "".join(f"_{key.rpartition('.')[2]}-{_shown(value)}" for key, value in values.items() if key not in named)
    return re.sub(r"[^\w.+-]+", "_", shape + others)


def _shown(value: Any) -> str:
    """Return a value as part of a name: the numbers of a list, a hash of any other list."""
    if not isinstance(value, list):
        return str(value)
    if all(isinstance(each, int) for each in value):
        return "-".join(map(str, value))
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:6]
