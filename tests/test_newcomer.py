"""The Start pages as a newcomer follows them: each command in order, with very short trainings.

Of the widest search a few points are taken.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import hydra
import pandas as pd
import pytest
import soundfile
from conftest import AUDIO, ROOT

from nasamp.audio import synthetic
from nasamp.export import nam_reading, vox

pytestmark = [pytest.mark.long, pytest.mark.skipif(os.name == "nt", reason="the commands are a POSIX shell's")]

BLOCK = re.compile(r"^```\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LENGTHS = {"quick": 20, "full": 40, "smoke": 10, "smoke_full": 20}
SHORT = [*(f"recipe.{phase}.steps={steps}" for phase, steps in LENGTHS.items()), "phase.validate_every=10"]
SHORT_PHASE = ["phase.length.steps=20", "phase.validate_every=10"]  # where the page gives the length of one phase
NOT_CLONED = shutil.ignore_patterns(".*", "build", "results", "site", "node_modules", "*.egg-info")
BORROWED = Path(hydra.__file__).parents[1]  # where the dependencies of this environment are


def blocks(page):
    """Return the blocks of commands of a page, each command on one line."""
    return [block.replace("\\\n", " ") for block in BLOCK.findall((ROOT / page).read_text("utf-8"))]


def shortened(line):
    if not line.startswith("python -m nasamp -m "):
        return line
    few = ["model.layers=5,6", "model.channels=16"] if "search=conservative" in line else []
    return " ".join([line, *few, *(SHORT_PHASE if "phase.length.steps" in line else SHORT), "benchmark.seconds=0.1"])


def walk(folder, block, *places):
    """Type the lines of a block into a shell that stops at the first error; return what they printed.

    An installation finds its dependencies in those of this environment, so that nothing is downloaded but a build tool.
    """
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    environment |= {"PIP_NO_DEPS": "1", "PIP_IGNORE_INSTALLED": "1", "OMP_NUM_THREADS": "1"}
    environment |= {"PYTHONPATH": os.pathsep.join(map(str, [*places, BORROWED]))}
    environment |= {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    typed = "\n".join(map(shortened, block.splitlines()))
    how = {"cwd": folder, "env": environment, "capture_output": True, "text": True, "check": False}
    done = subprocess.run(["sh", "-e"], input=typed, **how)
    assert done.returncode == 0, f"{typed}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


def test_the_start_pages_lead_from_installation_to_a_model_of_a_recording(tmp_path):
    clone = Path(shutil.copytree(ROOT, tmp_path / "nasamp", ignore=NOT_CLONED))
    make, first, own, play = blocks("docs/index.md")
    assert {line.partition("#")[0].strip() for line in make.splitlines()} == {"make demo", "make test"}  # .ci/run does
    assert ".venv/bin/activate" in first.splitlines()[1]
    walk(clone, first)
    smoke = set(pd.read_csv(clone / "results/poc/pareto_frontier.csv")["phase"])
    assert smoke == {"smoke_full"}
    for path, name in zip(synthetic.recording("muff", 70.0, 44_100, tmp_path), ("dry", "wet"), strict=True):
        soundfile.write(clone / f"{name}.wav", *soundfile.read(path), "PCM_24")
    active = f"{first.splitlines()[1]}\n"
    *_, last = walk(clone, active + own).splitlines()
    assert set(pd.read_csv(clone / "results/my_amp/pareto_frontier.csv")["recording"]) == {"wet"}
    command = last.removeprefix("to play the best one:").strip()
    name = command.split()[3].rpartition("/")[2]
    assert play.strip() == command.replace(name, "NAME")
    walk(clone, active + command)
    assert soundfile.info(clone / "model.wav").frames == soundfile.info(clone / "dry.wav").frames
    job = clone / "results" / "my_amp" / "full" / name
    assert nam_reading.read(job / f"{name}.nam")[1] == vox.read(job / f"{name}.json")[1] == 44_100
    assert (clone / "results/my_amp/report.html").stat().st_size > 4e6  # the page and plotly


def test_the_first_search_page_runs_with_the_recordings_that_it_names(tmp_path):
    if not AUDIO.exists():
        pytest.skip(f"needs the recordings in {AUDIO}, which the project does not ship")
    for block in blocks("docs/first_search.md"):
        (recording,) = set(re.findall(r"data\.name=(\w+)", block))
        for name in ("input.flac", "output.flac"):
            shutil.copy(AUDIO / recording / name, tmp_path)
        walk(tmp_path, block, ROOT)
        folder = tmp_path / re.findall(r"runs=(\S+)", block)[0]
        front = pd.read_csv(folder / "pareto_frontier.csv")
        assert set(front["recording"]) == {recording}
        assert (folder / "report.html").exists() and (folder / "quality_vs_params.png").exists()
