"""The points of a search: expansion, names, costs, constraints. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Literal

from nasamp.schema import Config, Constraints, Model
from nasamp.search import costs
from nasamp.search.text import table

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
        costs: by column, see ``costs.columns``.
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
    latencies, counts = ([costs[column] for costs in kept] for column in ("latency_ms", "parameters"))
    return (
        f"{text}: receptive field (latency_ms) {min(latencies):.2f}-{max(latencies):.2f} ms, "
        f"{min(counts):,}-{max(counts):,} parameters"
    )


def _points(axes: Sequence[Axis], bases: Mapping[tuple[Any, ...], tuple[Config, int]]) -> Iterator[Point]:
    keys = [axis.key for axis in axes]
    choosing = [i for i, axis in enumerate(axes) if axis.makes_bases]
    grid = product(*(zip(axis.values, axis.overrides, strict=True) for axis in axes))
    for cells in grid:
        values = dict(zip(keys, (value for value, _ in cells), strict=True))
        base, rate = bases[tuple(cells[i][0] for i in choosing)]
        changed = {key[6:]: value for key, value in values.items() if key.startswith("model.") and "." not in key[6:]}
        model = replace(base.model, **changed)
        found = costs.columns(model, rate)
        yield Point(
            _label(model, values),
            values,
            tuple(values[axis.key] for axis in axes if axis.role == "task"),
            _label(model, {axis.key: values[axis.key] for axis in axes if axis.role == "candidate"}),
            tuple(text for _, text in cells),
            found,
            _broken(found, base.search.constraints),
        )


def _label(model: Model, values: Mapping[str, Any]) -> str:
    others = "".join(f"_{key.rpartition('.')[2]}-{value}" for key, value in values.items() if key not in SHAPE)
    return f"L{model.layers}_C{model.channels}_K{model.kernel_size}" + re.sub(r"[^\w.+-]+", "_", others)


def _broken(found: Mapping[str, int | float], limits: Constraints) -> str:
    """Return the constraint that a point breaks, or nothing."""
    for column, low, high in (
        ("latency_ms", None, limits.max_latency_ms),
        ("parameters", limits.min_parameters, limits.max_parameters),
        ("macs_per_sample", None, limits.max_macs_per_sample),
    ):
        value = found[column]
        if low is not None and value < low:
            return f"{column} {value:,} < {low:,}"
        if high is not None and value > high:
            return f"{column} {value:,.2f} > {high:,}" if column == "latency_ms" else f"{column} {value:,} > {high:,}"
    return ""
