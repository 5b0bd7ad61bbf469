"""The peak of a job's memory beside its estimate: python benchmarks/memory.py.

A few steps of both recipes, and of the slower implementation; six shapes on 3 minutes of built-in guitar and one
on 20 minutes. The estimate decides how many jobs run at a time under launcher=joblib and ray, and how much memory a
task asks Slurm for.
"""

import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import psutil

from nasamp.architecture import counts, kept_per_sample, stack
from nasamp.search.jobs.memory import job_bytes

RATE, LONGEST_PART = 44_100, 15  # Hz; s of the validation and the test part
SHAPES = [(3, 4, 3), (8, 16, 3), (8, 24, 3), (8, 32, 3), (10, 20, 3), (10, 48, 5)]  # layers, channels, kernel size
JOBS = [*((shape, 180) for shape in SHAPES), (SHAPES[1], 1200)]
BATCHES = {"fast": (8, 1024), "original": (48, 8192)}  # segments of a step, samples of a segment
WAYS = [("fast", "fused"), ("original", "fused"), ("original", "torch")]  # recipe, model.implementation


def peak(folder: Path, shape: tuple[int, int, int], seconds: int, way: tuple[str, str]) -> float:
    """Return the largest memory of its own, in MB, of the processes of two such jobs under launcher=joblib."""
    sizes = zip(("model.layers", "model.channels", "model.kernel_size"), shape, strict=True)
    length = ["phase.length.epochs=null", "phase.length.steps=4", "phase.validate_every=2", f"data.seconds={seconds}"]
    line = ["-m", "seed=1,2", *(f"{key}={size}" for key, size in sizes), *length, f"recipe={way[0]}"]
    line += [f"model.implementation={way[1]}"]
    line += ["trainer.accelerator=cpu", "launcher=joblib", "launcher.n_jobs=2", "logger=none"]
    command = [sys.executable, "-m", "nasamp", *line, f"search.name={'_'.join(map(str, (*way, *shape, seconds)))}"]
    process = psutil.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    largest = 0
    while process.poll() is None:
        for worker in process.children(recursive=True):
            with suppress(psutil.Error):
                largest = max(largest, worker.memory_full_info().uss)
        time.sleep(0.05)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return largest / 1e6


def main() -> None:
    """Measure and print."""
    print("| layers | channels | kernel size | recording [s] | recipe | implementation | peak [MB] | estimate [MB] |")
    print("| ---: | ---: | ---: | ---: | --- | --- | ---: | ---: |")
    with tempfile.TemporaryDirectory() as temporary:
        for shape, seconds in JOBS:
            made = stack(*shape)
            for way in WAYS:
                batch, segment = BATCHES[way[0]]
                sizes = SimpleNamespace(batch_size=batch, segment_samples=segment)
                judged = min(0.1 * seconds, LONGEST_PART) * RATE
                field = counts(made).receptive_field
                estimate = job_bytes(kept_per_sample(made), field, sizes, seconds * RATE, judged) / 1e6
                measured = peak(Path(temporary), shape, seconds, way)
                cells = [*shape, seconds, *way, f"{measured:,.0f}", f"{estimate:,.0f}"]
                print(f"| {' | '.join(map(str, cells))} |", flush=True)


if __name__ == "__main__":
    main()
