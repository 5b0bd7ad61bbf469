"""Jobs that kill their process or lose their files, with the real program: the other jobs continue."""

import json
import resource
import time

import numpy as np
import pytest
import soundfile
from pausing import PAUSE, hold
from recordings import RATE, noise

from nasamp.search.jobs import heartbeat, ledger

pytestmark = pytest.mark.long
SMALL = ["model.layers=3", "trainer.accelerator=cpu", "logger=none", "phase=smoke", "launcher=basic"]
SHORT = [*SMALL, "data.seconds=12", "phase.length.steps=6", "phase.validate_every=3"]
PAUSED = [*SMALL, "phase.length.steps=40", "phase.validate_every=10", PAUSE]
LIMIT = 4 * 2**30  # bytes of address space: one array of HUNGRY alone takes as much
DEADLY = """
import os

def leaves(prediction, target):
    os._exit(7)
"""

HUNGRY = """
def all_differences(prediction, target):
    return (prediction.flatten()[:, None] - target.flatten()[None, :]).square().mean()
"""


def results(folder):
    return sorted(folder.glob("results/*/smoke/*/result.json"))


def errors(folder):
    return [ledger.read(path)["error"] for path in sorted(folder.glob("results/*/smoke/*/error.json"))]


def until_a_job_has_a_checkpoint(folder):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        for path in folder.glob(f"results/custom/smoke/*/{heartbeat.FILE}"):
            if (path.parent / "last.ckpt").exists():
                return path.parent
        time.sleep(0.05)
    raise AssertionError("no job validated within two minutes")


def test_a_job_that_kills_its_worker_fails_alone_and_runs_last_in_the_next_command(tmp_path, nasamp):
    (tmp_path / "deadly.py").write_text(DEADLY)
    line = ["-m", *SHORT, "model.channels=4", "loss.terms.esr._target_=deadly.leaves,nasamp.losses.esr"]
    assert nasamp(*line).returncode == 7  # one process does all: its neighbour has not begun
    assert not results(tmp_path)
    assert nasamp(*line).returncode == 7
    assert len(results(tmp_path)) == 1
    done = nasamp(*line, "launcher=joblib", "launcher.n_jobs=2")
    assert done.returncode == 3, done.stderr
    assert errors(tmp_path) == ["its process was killed repeatedly"]
    assert len(results(tmp_path)) == 1


def test_a_job_that_runs_out_of_memory_fails_alone(tmp_path, program):
    (tmp_path / "hungry.py").write_text(HUNGRY)
    losses = "loss.terms.esr._target_=hungry.all_differences,nasamp.losses.esr"
    apart = ["launcher=joblib", "launcher.n_jobs=2"]  # the limit is each process' own
    process = program.start(tmp_path, "-m", *SHORT, *apart, "model.channels=4", "recipe.segment_samples=4096", losses)
    resource.prlimit(process.pid, resource.RLIMIT_AS, (LIMIT, LIMIT))
    _, stderr = process.communicate()
    assert process.returncode == 3, stderr
    assert len(results(tmp_path)) == 1
    assert "memory" in errors(tmp_path)[0]


def test_a_corrupt_checkpoint_repeats_its_steps_with_the_same_result(tmp_path, program):
    line = [*PAUSED, "-m", "data.seconds=12", "model.channels=4"]
    for name in ("whole", "torn"):
        (tmp_path / name).mkdir()
        held = hold(tmp_path / name)
    (tmp_path / "whole" / "hold").unlink()
    process = program.start(tmp_path / "torn", *line)
    job = until_a_job_has_a_checkpoint(tmp_path / "torn")
    process.kill()
    process.communicate()
    held.unlink()
    checkpoint = job / "last.ckpt"
    checkpoint.write_bytes(checkpoint.read_bytes()[:-1000])
    assert all(program(tmp_path / name, *line).returncode == 0 for name in ("torn", "whole"))
    assert "continues from" not in (job / "train.log").read_text()
    torn, whole = (json.loads(results(tmp_path / name)[0].read_text()) for name in ("torn", "whole"))
    assert torn["val_esr"] == whole["val_esr"] and torn["epochs"] == whole["epochs"]


@pytest.mark.parametrize(("lost", "code"), [("wet.wav", 0), ("results/custom/recordings", 3)])
def test_a_search_needs_only_the_recording_as_it_prepared_it(tmp_path, program, lost, code):
    dry = noise()
    soundfile.write(tmp_path / "dry.wav", dry, RATE)
    soundfile.write(tmp_path / "wet.wav", np.tanh(2 * dry), RATE)
    files = ["data=recording", "data.input=dry.wav", "data.output=wet.wav"]
    held = hold(tmp_path)
    process = program.start(tmp_path, "-m", *PAUSED, *files, "model.channels=4,6")
    until_a_job_has_a_checkpoint(tmp_path)
    (tmp_path / lost).rename(tmp_path / "lost")
    held.unlink()
    _, stderr = process.communicate()
    assert process.returncode == code, stderr
    assert len(results(tmp_path)) == (1 if code else 2)
    if code:
        assert "cannot be read" in errors(tmp_path)[0] and "run the search's command again" in errors(tmp_path)[0]
        assert "1 job failed; to try again: " in stderr
