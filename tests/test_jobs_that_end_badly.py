"""Failing jobs and stopped processes, with the real program: what is printed, kept and repeated."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
import wandb
from pausing import PAUSE, hold

from nasamp import tracking
from nasamp.search.jobs import heartbeat, ledger

SIZE = ["model.layers=3", "data.seconds=12", "trainer.accelerator=cpu", "logger=none"]
WANDB = "logger=wandb"
SHORT = [*SIZE, "phase=smoke", "phase.length.steps=6", "phase.validate_every=3"]
PAUSED = ["-m", "model.channels=4,6", *SIZE, "phase=smoke", "phase.length.steps=40", "phase.validate_every=10"]
PAUSED += [PAUSE, "launcher=basic"]  # of workers that are stopped: test_ends.py and test_faults.py


def losses(*names: str) -> list[str]:
    """Return the override that replaces the loss by these functions."""
    return [f"loss.terms.esr._target_={','.join(names)}"]


def errors(folder: Path) -> list[str]:
    """Return why jobs failed."""
    return [ledger.read(path)["error"] for path in sorted(folder.glob("results/*/smoke/*/error.json"))]


@pytest.mark.long
def test_if_all_jobs_fail_the_exit_code_is_1_and_the_folders_hold_the_errors(tmp_path, nasamp):
    done = nasamp(*SHORT, "model.channels=4", *losses("math.sqrt"))
    assert done.returncode == 1
    assert "no job of smoke finished" in done.stderr
    assert errors(tmp_path)[0].startswith("TypeError")


def test_failed_jobs_give_exit_code_3_are_listed_and_the_others_continue(tmp_path, nasamp):
    gives_nan = "torch.nn.functional.kl_div"
    done = nasamp(
        "-m", *SHORT, "model.channels=4", *losses("math.sqrt", "nasamp.losses.esr", gives_nan), WANDB, "launcher=basic"
    )
    assert done.returncode == 3, done.stderr
    assert "2 jobs failed; to try again: " in done.stderr
    assert "JobError: no validation gave a finite number; lower recipe.learning_rate" in errors(tmp_path)
    assert len(list(tmp_path.glob("results/custom/smoke/*/result.json"))) == 1
    assert nasamp("runs=results/custom", module="nasamp.pareto").returncode == 0
    failures = (tmp_path / "results" / "custom" / "summary.md").read_text().partition("## Failed")[2]
    assert "math.sqrt" in failures and "TypeError" in failures and "no validation" in failures


@pytest.mark.long
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_search_prints_how_to_continue_and_counts_no_job_as_failed(tmp_path, program, sent):
    hold(tmp_path)
    process = program.start(tmp_path, *PAUSED)
    first = until_a_job_runs(tmp_path)
    process.send_signal(sent)
    stderr = process.communicate(timeout=60)[1]
    assert process.returncode == 130, stderr
    assert "interrupted; to continue: python -m nasamp -m model.channels=4,6" in stderr
    assert not [name for name in (heartbeat.FILE, ledger.RESULT, ledger.ERROR) if (first / name).exists()]


@pytest.mark.long
@pytest.mark.parametrize("recipe", ["original", "fast"])
def test_after_a_kill_the_same_command_finishes_with_the_same_results(tmp_path, program, recipe):
    command = [*PAUSED, WANDB, f"recipe={recipe}"]
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
        held = hold(tmp_path / name)
    (tmp_path / "whole" / "hold").unlink()
    process = program.start(tmp_path / "killed", *command)
    torn = until_a_job_runs(tmp_path / "killed")
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert (torn / heartbeat.FILE).exists()
    held.unlink()
    assert all(program(tmp_path / name, *command).returncode == 0 for name in ("whole", "killed"))
    assert "continues from" in (torn / "train.log").read_text()
    whole, killed = (logged(tmp_path / name / "results" / "custom") for name in ("whole", "killed"))
    assert len(killed) == 2 and killed == whole
    assert len(list(tmp_path.glob("killed/results/custom/wandb/offline-run-*"))) == 2


def logged(folder: Path) -> dict[str, tuple]:
    """Return by run the validations that were logged to W&B, in order, and the summary without times and paths."""
    core = Path(wandb.__file__).parent / "bin" / "wandb-core"
    found = {}
    for path in folder.rglob("run-*.wandb"):
        command = [core, "leet", "inspect", "--json", "--run-file", path, path.parent]
        records = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        run = tracking.read_run(path)
        changing = ("_runtime", "_timestamp", "_wandb", "training_seconds", "checkpoint")
        summary = {key: value for key, value in run["summary"].items() if key not in changing}
        found[run["name"]] = (summary, sum("val/esr" in record and "history" in record for record in records))
    return found


def until_a_job_runs(folder: Path) -> Path:
    """Return the folder of the first job that validated once."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        for path in folder.glob(f"results/custom/smoke/*/{heartbeat.FILE}"):
            if (path.parent / "last.ckpt").exists():
                return path.parent
        time.sleep(0.05)
    raise AssertionError("no job began within two minutes")


@pytest.fixture
def small_disk(tmp_path):
    """Return a function that changes the options of a disk of 4.3 MB, little more than the recording, and the disk."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(options: str) -> bool:
        line = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder]
        return subprocess.run(line, capture_output=True, check=False).returncode == 0

    if os.name != "posix" or not mount("size=4300k"):
        pytest.skip("needs the right to mount a small disk")
    yield mount, folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.long
def test_a_full_or_read_only_disk_gives_one_line_and_finished_work_is_kept(small_disk, program):
    mount, folder = small_disk
    line = ["-m", "model.channels=4,6", *SHORT, WANDB, "launcher=basic"]
    for options, words in (("", "No space left on device"), ("remount,ro", "Read-only file system")):
        assert not options or mount(options)
        done = program(folder, *line)
        error = done.stderr.splitlines()[-1]
        assert done.returncode == 2 and error.startswith("error: ") and words in error, done.stderr
        assert "finished work is kept, and the same command continues" in error
        assert "Traceback" not in done.stderr
    assert mount("remount,rw,size=10m")
    assert program(folder, *line).returncode == 0
    assert len(list(folder.glob("results/custom/smoke/*/result.json"))) == 2
