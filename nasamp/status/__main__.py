"""python -m nasamp.status: prints how many jobs of a search are done, running, failed and waiting."""

import sys

from omegaconf import DictConfig

from nasamp.command_line import entry
from nasamp.schema import StatusConfig
from nasamp.schema.checking import check
from nasamp.status.overview import describe


def report(cfg: DictConfig) -> None:
    """Hydra's task function."""
    print(describe(check(cfg, StatusConfig).runs))  # noqa: T201


def main() -> None:
    """Run the status app."""
    sys.exit(entry.run(report, "status", StatusConfig))


if __name__ == "__main__":
    main()
