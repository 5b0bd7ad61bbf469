"""python -m nasamp: train one model, a grid, or a whole search."""

import sys

from nasamp.command_line import entry
from nasamp.schema import Config


def main() -> None:
    """Run the training app."""
    from nasamp.app import job  # never defined here: workers could not import __main__

    sys.exit(entry.run(job, "config", Config, has_sweeper=True))


if __name__ == "__main__":
    main()
