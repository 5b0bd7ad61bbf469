"""Checks of typed values and recordings, before the points of a plan exist."""

import re
from collections import defaultdict

from nasamp.audio import files
from nasamp.errors import ConfigError
from nasamp.schema import Config, Data
from nasamp.schema.keys import leaf_problem, leaves
from nasamp.schema.options import no_such_option
from nasamp.search.plan import overrides
from nasamp.search.plan.axes import Axis


def check_values(phases: list[str], axes: tuple[Axis, ...], options: overrides.Options) -> None:
    """Raise ConfigError for wrong values of axes, each checked once, which covers every point of the grid."""
    known = leaves(Config)
    groups = [("phase", phases), *((axis.key, list(axis.values)) for axis in axes if axis.is_group)]
    problems = []
    for key, names in groups:
        available = options(key)
        problems += [no_such_option(key, str(name), available) for name in names if name not in available]
    for axis in axes:
        if not axis.is_group:
            problems += [problem for value in axis.values if (problem := leaf_problem(axis.key, value, known))]
            if not axis.values:
                problems.append(f"{axis.key}: has no values; list at least one")
    if problems:
        raise ConfigError("\n".join(dict.fromkeys(problems)))


def check_names(recordings: list[Data]) -> None:
    """Raise ConfigError for different recordings of one name, by which tables, fronts and plots identify them."""
    by_name = defaultdict(set)
    for data in recordings:
        by_name[re.sub(r"\W+", "_", files.name(data))].add(data)
    for name, different in by_name.items():
        if len(different) > 1:
            raise ConfigError(
                f"data: {len(different)} different recordings are named {name}; give each a data.name of its own, "
                "in a YAML file of its own in the folder data/ of a --config-dir"
            )
