"""Configs as the YAML has them, for tests of what is made from them."""

from functools import cache
from pathlib import Path
from typing import Any

import hydra

from nasamp.schema import BenchmarkConfig, Config, Model
from nasamp.schema.checking import changed, check

CONF = Path(__file__).parents[1] / "conf"


@cache
def config(*typed: str) -> Config:
    """Return what the training app composes from a command."""
    with hydra.initialize_config_dir(str(CONF), version_base="1.3"):
        return check(hydra.compose("config", ["hydra/sweeper=basic", *typed]), Config)


def benchmark_config(*typed: str) -> BenchmarkConfig:
    """Return what the benchmark app composes from a command."""
    with hydra.initialize_config_dir(str(CONF), version_base="1.3"):
        return check(hydra.compose("benchmark", list(typed)), BenchmarkConfig)


PLAIN = config().model


def model(**settings: Any) -> Model:
    """Return the default network with other settings."""
    return changed(PLAIN, settings)
