"""Computes the costs of all points of a grid at once, and the constraint that each violates."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from nasamp.cost import constraints
from nasamp.errors import ConfigError
from nasamp.schema import Config
from nasamp.schema.model import SHAPE
from nasamp.search.plan.axes import Axis


def costed(
    axes: Sequence[Axis], bases: Mapping[tuple[Any, ...], tuple[Config, int]]
) -> tuple[dict[str, constraints.Column], constraints.Column]:
    """Return the costs of the full grid, last axis fastest, and the constraint that each point violates.

    Raises:
        ConfigError: settings of a network contradict each other.
    """
    places = np.indices([1, *(len(axis.values) for axis in axes)]).reshape(len(axes) + 1, -1)[1:]
    choosing = [(axis, place) for axis, place in zip(axes, places, strict=True) if axis.needs_composing]
    chosen = [bases[values] for values in product(*(axis.values for axis, _ in choosing))]
    base = _cell_numbers([place for _, place in choosing], [len(axis.values) for axis, _ in choosing], places.shape[1])
    columns: dict[str, constraints.Column] = {}
    broken = np.empty(places.shape[1], int)
    for number, (config, rate) in enumerate(chosen):
        at = np.flatnonzero(base == number)
        for own, costs in _of_base(config, rate, axes, places[:, at]):
            for column, values in costs.items():
                kind = values.dtype if values.dtype.kind in "if" else object
                filled = columns.setdefault(column, np.empty(places.shape[1], kind))
                if filled.dtype != kind:  # a grid with both equal and unequal layers
                    filled = columns[column] = filled.astype(object)
                filled[at[own]] = values
        limits = {name: np.array(limit) for name, limit in constraints.limits(config.search.constraints).items()}
        broken[at] = constraints.first_broken({column: values[at] for column, values in columns.items()}, limits)
    return columns, broken


def _of_base(
    config: Config, rate: int, axes: Sequence[Axis], places: constraints.Column
) -> Iterator[tuple[constraints.Column, dict[str, constraints.Column]]]:
    """Yield indices of points and their costs, in groups that differ only in sizes that can be computed at once."""
    base = config.model
    sized = [(axis, place) for axis, place in zip(axes, places, strict=True) if axis.key.startswith("model.")]
    many = {"channels", "kernel_size"} if constraints.can_be_many(base) else set[str]()
    many -= {axis.key for axis, _ in sized if axis.key == "model.arrays"}
    sized = [(axis, place) for axis, place in sized if _key(axis) in SHAPE]
    apart = [(axis, place) for axis, place in sized if _key(axis) not in many]
    groups = _cell_numbers([place for _, place in apart], [len(axis.values) for axis, _ in apart], places.shape[1])
    order = np.argsort(groups, kind="stable")
    for own in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
        model = replace(base, **{_key(axis): axis.values[place[own[0]]] for axis, place in apart})
        if problem := model.problem():
            raise ConfigError(problem)
        sizes = {_key(axis): np.array(axis.values)[place[own]] for axis, place in sized if _key(axis) in many}
        yield own, constraints.columns(model, rate, config.search.cost, sizes)


def _cell_numbers(places: Sequence[constraints.Column], lengths: Sequence[int], points: int) -> constraints.Column:
    """Return the number of each point's combination of places, in the order of the grid."""
    numbers = np.zeros(points, np.int64)
    for place, length in zip(places, lengths, strict=True):
        numbers = numbers * length + place
    return numbers


def _key(axis: Axis) -> str:
    return axis.key.removeprefix("model.")
