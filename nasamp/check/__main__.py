"""python -m nasamp.check: reports problems of a recording before training on it."""

import sys
from collections.abc import Sequence

from omegaconf import DictConfig

from nasamp.command_line import entry
from nasamp.schema import CheckConfig
from nasamp.schema.checking import check


def report(cfg: DictConfig, typed: Sequence[str] = ()) -> None:
    """Check the recording and print the result; ``typed`` are the arguments, repeated in the suggested command."""
    for name in ("input", "output"):
        if cfg.get(name) is not None:
            cfg.data[name] = cfg[name]
    config = check(cfg, CheckConfig)
    from nasamp.check.recording_report import write  # SciPy and matplotlib are slow to import

    text, outcome = write(config, typed)
    print(text, flush=True)  # noqa: T201
    if outcome:
        raise outcome


def main() -> None:
    """Run the check app."""
    typed = sys.argv[1:]

    def task(cfg: DictConfig) -> None:
        report(cfg, typed)

    sys.exit(entry.run(task, "check", CheckConfig))


if __name__ == "__main__":
    main()
