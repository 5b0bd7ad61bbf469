"""CPU seconds and memory of a search of 10,000 points, and of larger tables: python benchmarks/scale.py.

The search is the real program, before its first job and after its last one; in between, each job's result is written
as a job would write it. `expansion and ledger` is that command given again: it composes and checks all points, reads
all results and prints the table of the phase.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hydra
import numpy as np
import pandas as pd

from nasamp.architecture import counts, stack
from nasamp.pareto.front import analyse, front
from nasamp.schema import Config, Constraints
from nasamp.schema.checking import check
from nasamp.search.plan.axes import Axis
from nasamp.search.plan.costs import costed

POINTS = ["model.layers=5,6", "model.channels=range(1,101)", "model.kernel_size=range(2,52)"]
GRID = ["-m", *POINTS, "phase=smoke", "search.name=big", "data.seconds=12", "logger=none"]
RUNS = 100_000
FILL = """
from nasamp.search.jobs import job, ledger

def finish(jobs, launch, **_):
    for place, each in enumerate(jobs):
        costs = {column: each.point.costs[column] for column in ("parameters", "macs_per_sample")}
        numbers = {"val_esr": 1 / (place + 2), "val_esr_db": -3.0, "epochs": 3, "training_seconds": 30.0}
        ledger.finish(each.folder, each.identity, {"name": each.folder.name, **numbers, **costs})

job.finish = finish
from nasamp.__main__ import main
main()
"""


def measured(folder: Path, *arguments: str) -> tuple[float, float]:
    """Return CPU seconds and the peak of the memory in MB of ``python ARGUMENTS``."""
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise subprocess.CalledProcessError(status, arguments)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000


def runs(count: int, seeds: int) -> pd.DataFrame:
    """Return finished runs whose quality rises with their size, apart from chance."""
    draw, models = np.random.default_rng(0), count // seeds
    layers, channels = draw.integers(4, 12, models), draw.integers(4, 64, models)
    sizes = [counts(stack(int(n), int(c), 3)) for n, c in zip(layers, channels, strict=True)]
    parameters = [each.parameters for each in sizes]
    names = [f"L{number}" for number in range(models)]
    shapes = pd.DataFrame({"candidate": names, "layers": layers, "channels": channels, "parameters": parameters})
    table = shapes.loc[np.repeat(np.arange(models), seeds)].reset_index(drop=True)
    esr = np.exp(draw.normal(-4, 1, len(table))) * (1 + 1e4 / table["parameters"])
    known = {"phase": "full", "recording": "amp", "status": "finished", "seed": np.tile(range(seeds), models)}
    objectives = {
        "macs_per_sample": table["parameters"],
        "latency_ms": np.repeat([each.receptive_field for each in sizes], seeds),
    }
    return table.assign(id=range(len(table)), name=table["candidate"], val_loss=esr, val_esr=esr, **known, **objectives)


def seconds_of_front(table: pd.DataFrame) -> float:
    """Return CPU seconds of the Pareto step on a table."""
    before = time.process_time()
    analyse(table, ["val_loss", "latency_ms", "parameters"], ["full"], "macs_per_sample")
    return time.process_time() - before


def seconds_of_costs() -> float:
    """Return CPU seconds in which 1,040,000 architectures are costed and filtered."""
    with hydra.initialize_config_dir(str(Path(__file__).parents[1] / "conf"), version_base="1.3"):
        model = check(hydra.compose("config", ["hydra/sweeper=basic"]), Config).model
    limits = Constraints(25.0, 5_000, 150_000, None, None)
    base: Any = SimpleNamespace(model=model, search=SimpleNamespace(constraints=limits))
    values = {"model.layers": range(1, 33), "model.channels": range(1, 251), "model.kernel_size": range(1, 66)}
    values["model.dilation_base"] = range(2, 4)
    axes = [Axis(key, tuple(each), tuple(map(str, each)), is_group=False) for key, each in values.items()]
    before = time.process_time()
    costed(axes, {(): (base, 44_100)})
    return time.process_time() - before


def seconds_of_large_front() -> float:
    """Return CPU seconds for the front of 1,000,000 random rows in 4 objectives."""
    values = np.random.default_rng(0).random((1_000_000, 4))
    before = time.process_time()
    front(values, ["lower"] * 4)
    return time.process_time() - before


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "fill.py").write_text(FILL)
        rows = {"first results of 10,000 points": measured(folder, "fill.py", *GRID)}
        rows["expansion and ledger, 10,000 points"] = measured(folder, "-m", "nasamp", *GRID)
        rows["status, 10,000 points"] = measured(folder, "-m", "nasamp.status", "runs=results/big")
    for name, (seconds, megabytes) in rows.items():
        print(f"{name:<48}{seconds:6.2f} s{megabytes:7.0f} MB")
    for seeds in (1, 4):
        print(f"{f'front of {RUNS:,} runs, {seeds} of each model':<48}{seconds_of_front(runs(RUNS, seeds)):6.2f} s")
    print(f"{'costs and constraints of 1,040,000 points':<48}{seconds_of_costs():6.2f} s")
    print(f"{'front of 1,000,000 rows in 4 objectives':<48}{seconds_of_large_front():6.2f} s")


if __name__ == "__main__":
    main()
