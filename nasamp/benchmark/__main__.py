"""python -m nasamp.benchmark: how much of one CPU core a model takes."""

import sys

from omegaconf import DictConfig

from nasamp import rim
from nasamp.checking import check
from nasamp.schema import BenchmarkConfig


def benchmark(cfg: DictConfig) -> None:
    """Hydra's task function."""
    config = check(cfg, BenchmarkConfig)
    from nasamp.benchmark.report import report  # torch is slow to import

    print(report(config))  # noqa: T201


def main() -> None:
    """Run the benchmark app."""
    sys.exit(rim.run(benchmark, "benchmark", BenchmarkConfig))


if __name__ == "__main__":
    main()
