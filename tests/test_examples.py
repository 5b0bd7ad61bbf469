"""The five examples, shortened by overrides that a user can type."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile
from conftest import ROOT

from nasamp.architecture import stack
from nasamp.export import nam_reading, vox
from nasamp.models import WaveNet

EXAMPLES = ROOT / "examples"
LENGTHS = {"quick": 20, "rung_1": 20, "full": 40}
SHORT = [f"recipe.{name}.steps={steps}" for name, steps in LENGTHS.items()]
SHORT += ["phase.validate_every=20", "recipe=fast", "data.seconds=12", "logger=none", "benchmark.seconds=0.1"]


def run(folder: Path, *command: str | Path) -> str:
    """Run an example in a folder, with this Python first on the path; return what it printed."""
    places = [str(Path(sys.executable).parent), os.environ["PATH"]]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PATH": os.pathsep.join(places)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.long
def test_one_model(tmp_path):
    run(tmp_path, "sh", EXAMPLES / "one_model.sh", *SHORT)
    net, rate = nam_reading.read(tmp_path / "results/one_model/full/L6_C16_K3/L6_C16_K3.nam")
    assert (net.architecture, rate) == (stack(6, 16, 3), 44_100)


@pytest.mark.long
def test_a_grid_and_its_front(tmp_path):
    assert "phase quick: " in run(tmp_path, "sh", EXAMPLES / "grid.sh", *SHORT)
    assert (tmp_path / "results/grid/summary.md").read_text().count("L5_C8_K3") >= 1


@pytest.mark.long
def test_a_search_of_ones_own(tmp_path):
    printed = run(tmp_path, "sh", EXAMPLES / "own_search.sh", *SHORT, "model.channels=4")
    assert "phase full: " in printed and "on the front" in printed


def test_the_library(tmp_path):
    printed = run(tmp_path, sys.executable, EXAMPLES / "library.py", "3")
    assert "on_front" in printed
    assert vox.read(tmp_path / "last.json")[1] == 44_100


def test_a_model_into_a_recording(tmp_path):
    net = WaveNet(stack(layers=2, channels=2, kernel_size=3))
    vox.write(tmp_path / "amp.json", net, sample_rate=44_100)
    soundfile.write(tmp_path / "dry.wav", [0.1, -0.2] * 5000, 44_100)
    run(tmp_path, "sh", EXAMPLES / "model_to_wav.sh", "amp.json", "dry.wav", "out.wav")
    assert soundfile.info(tmp_path / "out.wav").frames == 10_000
