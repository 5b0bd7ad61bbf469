"""python -m nasamp.benchmark: measures how much of one CPU core a model uses."""

import sys

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from nasamp.command_line import entry
from nasamp.schema import BenchmarkConfig
from nasamp.schema.checking import check


def benchmark(cfg: DictConfig) -> None:
    """Hydra's task function."""
    config = check(cfg, BenchmarkConfig, HydraConfig.get().overrides.task)
    from nasamp.benchmark.measurement import report  # torch is slow to import

    print(report(config))  # noqa: T201


def main() -> None:
    """Run the benchmark app."""
    sys.exit(entry.run(benchmark, "benchmark", BenchmarkConfig))


if __name__ == "__main__":
    main()
