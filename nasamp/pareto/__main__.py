"""python -m nasamp.pareto: writes the Pareto front of a search as a report, tables and plots."""

import sys

from omegaconf import DictConfig

from nasamp.command_line import entry
from nasamp.schema import ParetoConfig
from nasamp.schema.checking import check


def report(cfg: DictConfig) -> None:
    """Hydra's task function."""
    config = check(cfg, ParetoConfig)
    from nasamp.pareto.report import write  # pandas and matplotlib are slow to import

    print(write(config))  # noqa: T201


def main() -> None:
    """Run the Pareto app."""
    sys.exit(entry.run(report, "pareto", ParetoConfig))


if __name__ == "__main__":
    main()
