"""The program as the benchmarks run it, and what it leaves."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]


def run(folder: Path, *arguments: str, code: Path = ROOT) -> str:
    """Run the program of a checkout in a folder, and return what it printed; its own words where it fails."""
    environment = os.environ | {"PYTHONPATH": str(code), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "nasamp", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


def cpu_seconds(*arguments: str, folder: str = ".") -> float:
    """Run the program in a folder; return the CPU seconds (user and system) of it and its workers.

    What it prints goes to standard error: the benchmark's own table stands alone.
    """
    before = os.times()
    subprocess.run([sys.executable, "-m", "nasamp", *arguments], cwd=folder, check=True, stdout=sys.stderr)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def original_step(layers: int, channels: int) -> float:
    """Return the CPU seconds of a step of the original's loop, the best in a process of its own."""
    script = Path(__file__).with_name("training_step.py")
    command = [sys.executable, str(script), "original", str(layers), str(channels)]
    return float(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)[0])


def results(pattern: str) -> pd.DataFrame:
    """Return the finished jobs of the searches in results/ whose names match, each with its ``curve``, ESR by step."""
    rows = []
    for path in Path("results").glob(f"{pattern}/*/*/result.json"):
        curve = pd.read_csv(path.with_name("history.csv")).set_index("step")["val/esr"].dropna()
        rows.append(json.loads(path.read_text()) | {"curve": curve})
    return pd.DataFrame(rows)
