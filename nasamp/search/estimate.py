"""How long a search may take, from the finished jobs on this machine."""

import platform
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from nasamp.search import ledger
from nasamp.search.phases import remaining


def seconds_per_mac(results_folder: Path, phase: str) -> float | None:
    """Return the training time per MAC of one sample, median of this machine's finished jobs; None without any."""
    rates = [
        result["training_seconds"] / result["macs_per_sample"]
        for result in _results(results_folder)
        if result.get("machine") == platform.node() and result.get("phase") == phase and result.get("training_seconds")
    ]
    return median(rates) if rates else None


def total_seconds(phases: Iterable[Mapping[str, Any]], macs: list[int], results_folder: Path) -> float | None:
    """Return the time of all phases, one job after the other; None where a phase was never run here.

    Of the jobs that go on, the dearer half is assumed: deeper and wider models tend to win.
    """
    total, going = 0.0, sorted(macs, reverse=True)
    for phase in phases:
        rate = seconds_per_mac(results_folder, phase["phase"])
        if rate is None:
            return None
        total += rate * sum(going)
        going = going[: remaining(len(going), phase)]
    return total


def _results(folder: Path) -> Iterable[dict[str, Any]]:
    return (ledger.read(path) for path in folder.glob(f"*/*/*/{ledger.RESULT}"))
