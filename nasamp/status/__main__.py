"""python -m nasamp.status: what of a search is done, runs, failed and waits."""

import sys

from omegaconf import DictConfig

from nasamp import rim
from nasamp.checking import check
from nasamp.schema import StatusConfig
from nasamp.status.progress import describe


def report(cfg: DictConfig) -> None:
    """Hydra's task function."""
    print(describe(check(cfg, StatusConfig).runs))  # noqa: T201


def main() -> None:
    """Run the status app."""
    sys.exit(rim.run(report, "status", StatusConfig))


if __name__ == "__main__":
    main()
