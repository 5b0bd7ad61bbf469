"""Odd environment variables, one to three at a time, in processes of their own: each command is a good one."""

import os
import random
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml
from fuzzing import Outcome, changes, drawn, emptied, note, report, snapshot

pytestmark = [pytest.mark.long, pytest.mark.skipif(os.name == "nt", reason="the variables are those of POSIX")]

ROOT = Path(__file__).parents[1]
ODD = ["", "0", "1", "-1", "abc", "999999999999", "ü", "a b", "/nowhere", "/dev/null", "%s", "${x}", "true"]
VARIABLES = yaml.safe_load((Path(__file__).parent / "odd_values.yaml").read_text("utf-8"))["variables"]
GENERAL = ["PYTHONIOENCODING", "PYTHONHASHSEED", "PYTHONUTF8", "PATH"]  # of these other values stop Python itself
TINY = [
    "model.layers=2",
    "model.channels=2",
    "phase=smoke",
    "data.seconds=10",
    "recipe.smoke.steps=2",
    "phase.validate_every=2",
]
COMMANDS = [
    ["nasamp", "-m", "search=poc", "search.dry_run=true"],
    ["nasamp", "--help"],
    ["nasamp", *TINY, "launcher=basic", "logger=csv"],
    ["nasamp", *TINY, "launcher=basic"],
    ["nasamp.check", "input=dry.wav", "output=wet.wav"],
    ["nasamp.benchmark", "model.layers=1", "model.channels=1", "benchmark.seconds=0.05"],
    ["nasamp.status", "runs=results/single"],
    ["nasamp.pareto", "runs=results/single"],
]


def environment(draw: random.Random) -> dict[str, str]:
    """Return one to three odd variables."""
    found = {}
    for name in draw.sample(sorted(VARIABLES), draw.choice([1, 1, 2, 3])):
        odd = ODD if name not in GENERAL and not name.startswith("PYTHON") and draw.random() < 0.3 else VARIABLES[name]
        found[name] = draw.choice(odd)
    return found


def test_no_variable_ends_a_good_command_in_a_traceback(tmp_path, cache):
    place, faults = tmp_path / "work", {}
    place.mkdir()
    (tmp_path / "beside").write_text("stays")
    dry = np.random.default_rng(0).uniform(-0.5, 0.5, 96_000)
    for name, signal in (("dry", dry), ("wet", np.tanh(2 * dry))):
        soundfile.write(place / f"{name}.wav", signal, 8000, "FLOAT")
    own = [place / "results", place / "recording_check", place / "relative"]
    for case, draw in drawn("environment", 10):
        odd, (module, *arguments) = environment(draw), draw.choice(COMMANDS)
        plain = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "XDG_CACHE_HOME": str(cache)}
        before = snapshot(tmp_path, own)
        command = [sys.executable, "-m", module, *arguments]
        done = subprocess.run(command, cwd=place, env=os.environ | plain | odd, capture_output=True, check=False)
        printed = (done.stdout + done.stderr).decode(errors="replace")
        wrong = Outcome(done.returncode, printed).faults() + changes(before, snapshot(tmp_path, own))
        shown = " ".join(f"{name}={shlex.quote(value)}" for name, value in odd.items())
        note(faults, f"{case}: {shown} python -m {module} {shlex.join(arguments)}", wrong)
        emptied(place / "recording_check", place / "relative")
    assert not faults, report(faults)
