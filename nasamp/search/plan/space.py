"""The points of a search: expansion, names, costs, constraints. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np

from nasamp.cost import constraints
from nasamp.schema import Config
from nasamp.search.terminal.text import table

Role = Literal["candidate", "replica", "task"]
SHAPE = ("model.layers", "model.channels", "model.kernel_size")  # slowest first; other axes vary faster


@dataclass(frozen=True)
class Axis:
    """A key, its values, and each value as an override of Hydra.

    Candidates compete with each other, on the mean over replicas, within each task.
    """

    key: str
    values: tuple[Any, ...]
    overrides: tuple[str, ...]
    is_group: bool

    @property
    def role(self) -> Role:
        """What the axis varies: the model, only its luck, or the recording."""
        if self.key == "seed":
            return "replica"
        return "task" if self.key.partition(".")[0] == "data" else "candidate"

    @property
    def makes_bases(self) -> bool:
        """Whether each value is composed and checked by itself: an option of a group, or a recording."""
        return self.is_group or self.role == "task"


@dataclass(frozen=True)
class Point:
    """One candidate.

    Attributes:
        label: unique in the search, without the id: L8_C16_K3, and any other varied setting.
        values: by key of the axes.
        task: the values of the axes that are tasks.
        candidate: the label without the axes that are tasks or replicas.
        costs: by column, see ``constraints.columns``.
        dropped_because: the constraint that it breaks; empty for those that stay.
    """

    label: str
    values: Mapping[str, Any]
    task: tuple[Any, ...]
    candidate: str
    overrides: tuple[str, ...]
    costs: Mapping[str, int | float]
    dropped_because: str


def expand(axes: Sequence[Axis], bases: Mapping[tuple[Any, ...], tuple[Config, int]]) -> list[Point]:
    """Return the full grid, layers slowest.

    Args:
        axes: their values are checked.
        bases: the checked config and the sample rate in Hz, for each choice of the axes that make bases.
    """
    axes = sorted(axes, key=lambda axis: SHAPE.index(axis.key) if axis.key in SHAPE else len(SHAPE))
    return list(_points(axes, bases))


def name(point: Point, id_: int | None) -> str:
    """Return the name of a point's folder and run; without an id that of a single job.

    >>> name(Point("L8_C16_K3", {}, (), "L8_C16_K3", (), {}, ""), 12)
    'search_012_L8_C16_K3'
    """
    return point.label if id_ is None else f"search_{id_:03d}_{point.label}"


def describe(points: Sequence[Point], names: Sequence[str], ids: Sequence[int]) -> str:
    """Return the dry run: a row a point, then the summary."""
    header = ["id", "name", "latency_ms", "receptive field", "parameters", "MACs/sample", ""]
    rows = [
        [
            id_,
            name_,
            f"{point.costs['latency_ms']:.2f}",
            f"{point.costs['receptive_field']:,}",
            f"{point.costs['parameters']:,}",
            f"{point.costs['macs_per_sample']:,}",
            point.dropped_because or "kept",
        ]
        for id_, name_, point in zip(ids, names, points, strict=True)
    ]
    return f"{table(header, rows)}\n\n{summary(points)}"


def summary(points: Sequence[Point]) -> str:
    """Return how many points are valid, and their range."""
    kept = [point.costs for point in points if not point.dropped_because]
    text = f"{len(kept)} of {len(points)} points valid"
    if not kept:
        return text
    latencies, counts = ([constraints[column] for constraints in kept] for column in ("latency_ms", "parameters"))
    return (
        f"{text}: receptive field (latency_ms) {min(latencies):.2f}-{max(latencies):.2f} ms, "
        f"{min(counts):,}-{max(counts):,} parameters"
    )


def costed(
    axes: Sequence[Axis], bases: Mapping[tuple[Any, ...], tuple[Config, int]]
) -> tuple[dict[str, constraints.Column], constraints.Column]:
    """Return the costs of the full grid, last axis fastest, and what each point breaks (``cost.constraints``)."""
    places = np.indices([1, *(len(axis.values) for axis in axes)]).reshape(len(axes) + 1, -1)[1:]
    choosing = [(axis, place) for axis, place in zip(axes, places, strict=True) if axis.makes_bases]
    chosen = [bases[values] for values in product(*(axis.values for axis, _ in choosing))]
    base = np.zeros(places.shape[1], np.int64)  # of each point, the number of its base
    for axis, place in choosing:
        base = base * len(axis.values) + place
    shapes = {key: np.array([getattr(config.model, key) for config, _ in chosen])[base] for key in constraints.SHAPE}
    for axis, place in zip(axes, places, strict=True):
        if (key := axis.key.removeprefix("model.")) in shapes:
            shapes[key] = np.array(axis.values)[place]
    found = constraints.columns(shapes, np.array([rate for _, rate in chosen])[base])
    limits = [constraints.limits(config.search.constraints) for config, _ in chosen]
    return found, constraints.first_broken(
        found, {name: np.array([each[name] for each in limits])[base] for name in limits[0]}
    )


def _points(axes: Sequence[Axis], bases: Mapping[tuple[Any, ...], tuple[Config, int]]) -> Iterator[Point]:
    keys = [axis.key for axis in axes]
    found, broken = costed(axes, bases)
    rows = zip(*(column.tolist() for column in found.values()), strict=True)
    choosing = [i for i, axis in enumerate(axes) if axis.makes_bases]
    grid = product(*(zip(axis.values, axis.overrides, strict=True) for axis in axes))
    for cells, row, limit in zip(grid, rows, broken.tolist(), strict=True):
        values = dict(zip(keys, (value for value, _ in cells), strict=True))
        numbers = dict(zip(found, row, strict=True))
        base, _ = bases[tuple(cells[i][0] for i in choosing)]
        yield Point(
            _label(numbers, values),
            values,
            tuple(values[axis.key] for axis in axes if axis.role == "task"),
            _label(numbers, {axis.key: values[axis.key] for axis in axes if axis.role == "candidate"}),
            tuple(text for _, text in cells),
            numbers,
            constraints.reason(numbers, base.search.constraints, limit),
        )


def _label(numbers: Mapping[str, int | float], values: Mapping[str, Any]) -> str:
    others = "".join(f"_{key.rpartition('.')[2]}-{value}" for key, value in values.items() if key not in SHAPE)
    shape = f"L{numbers['layers']}_C{numbers['channels']}_K{numbers['kernel_size']}"
    return shape + re.sub(r"[^\w.+-]+", "_", others)
