"""The typed config, as dataclasses: what each key means, its type and its range.

Defaults are in conf/ only. ``checking.check(cfg, Config)`` returns a filled ``Config``; code after it never reads
the config by string keys.
"""

from nasamp.schema.apps import (
    BenchmarkConfig,
    CheckConfig,
    Config,
    Objectives,
    ParetoConfig,
    ParetoExport,
    RenderConfig,
    StatusConfig,
)
from nasamp.schema.data import Data
from nasamp.schema.model import AnyModel, Model, SavedModel
from nasamp.schema.product import Benchmark, Export
from nasamp.schema.search import Constraints, Launcher, Logger, Search
from nasamp.schema.training import Length, Loss, Muon, Pace, Phase, Plateau, Recipe, Start, Trainer

__all__ = [
    "AnyModel",
    "Benchmark",
    "BenchmarkConfig",
    "CheckConfig",
    "Config",
    "Constraints",
    "Data",
    "Export",
    "Launcher",
    "Length",
    "Logger",
    "Loss",
    "Model",
    "Muon",
    "Objectives",
    "Pace",
    "ParetoConfig",
    "ParetoExport",
    "Phase",
    "Plateau",
    "Recipe",
    "RenderConfig",
    "SavedModel",
    "Search",
    "Start",
    "StatusConfig",
    "Trainer",
]
