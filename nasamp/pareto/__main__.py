"""python -m nasamp.pareto: the front, tables, plots and summary of a search."""

import sys

from omegaconf import DictConfig

from nasamp import rim
from nasamp.checking import check
from nasamp.schema import ParetoConfig


def report(cfg: DictConfig) -> None:
    """Hydra's task function."""
    config = check(cfg, ParetoConfig)
    from nasamp.pareto.report import write  # pandas and matplotlib are slow to import

    print(write(config))  # noqa: T201


def main() -> None:
    """Run the Pareto app."""
    sys.exit(rim.run(report, "pareto", ParetoConfig))


if __name__ == "__main__":
    main()
