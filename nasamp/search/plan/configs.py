"""The checked config of each point of a grid, resolved as seldom as that is possible."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from omegaconf import DictConfig, OmegaConf

from nasamp.schema import Config
from nasamp.schema.checking import changed, check, is_path, leaves
from nasamp.search.plan.axes import Axis
from nasamp.search.plan.space import Point

Choice = tuple[Any, ...]  # the values of the axes that make bases: groups and recordings


class Configs:
    """Configs by point and phase.

    Resolving one takes 12 ms, replacing a value in one that is resolved a fiftieth of that.
    """

    def __init__(self, composed: Mapping[tuple[str, Choice], DictConfig], axes: Sequence[Axis]) -> None:
        """Take the composed config for each phase and choice, and the axes of the grid."""
        self._composed, self._axes = composed, axes
        self._replaced = _not_referred_to(composed.values(), [axis.key for axis in axes if not axis.makes_bases])
        self._resolved: dict[tuple[str, Choice, str], Config] = {}

    def choice(self, point: Point) -> Choice:
        """Return the point's values of the axes that make bases."""
        return tuple(point.values[axis.key] for axis in self._axes if axis.makes_bases)

    def of(self, point: Point, phase: str) -> Config:
        """Return the checked config of a point in a phase, equal to what its job will find."""
        own = {axis.key: point.values[axis.key] for axis in self._axes if not axis.makes_bases}
        others = {key: value for key, value in own.items() if key not in self._replaced}
        place = (phase, self.choice(point), repr(others))
        if place not in self._resolved:
            cfg = self._composed[place[:2]].copy()
            self._resolved[place] = check(with_values(cfg, others), Config)
        return changed(self._resolved[place], {key: value for key, value in own.items() if key in self._replaced})


def with_values(cfg: DictConfig, values: Mapping[str, Any]) -> DictConfig:
    """Set dotted keys of a config, also new ones, and return it."""
    for key, value in values.items():
        OmegaConf.update(cfg, key, value, force_add=True)
    return cfg


def _not_referred_to(configs: Any, keys: Sequence[str]) -> set[str]:
    """Return the leaves of the schema whose values stand at no other place of the YAML, by a reference."""
    ours = [OmegaConf.masked_copy(cfg, [str(key) for key in cfg if key != "hydra"]) for cfg in configs]
    references = " ".join(text for cfg in ours for text in re.findall(r"\$\{[^\n]*", OmegaConf.to_yaml(cfg)))
    plain = [key for key in keys if key in leaves(Config) and not is_path(key, leaves(Config))]
    return {key for key in plain if not any(part in references for part in key.split("."))}
