"""Searches on a real Slurm of one node, whose tasks and driver are killed."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
import slurm_cluster
from pausing import PAUSE, hold

from nasamp.search.jobs import heartbeat, slurm

pytestmark = pytest.mark.long
SMALL = ["data.seconds=12", "trainer.accelerator=cpu", "launcher=slurm", "phase.validate_every=5", PAUSE]
POC = ["-m", "search=poc", "schedule=smoke", "model.channels=24", *SMALL]
POC += ["recipe.smoke.steps=10", "recipe.smoke_full.steps=20", "callbacks.benchmark.seconds=0.1"]
GRID = ["-m", "model.layers=3", "model.channels=4,6", "phase=smoke", "logger=none", *SMALL, "phase.length.steps=20"]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Start Slurm, and let all that this test starts find it."""
    if reason := slurm_cluster.missing():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    with slurm_cluster.running(tmp_path_factory.mktemp("slurm")) as conf, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLURM_CONF", str(conf))
        yield


@pytest.fixture(autouse=True)
def empty(cluster):
    """Let no test find tasks of another."""
    yield
    slurm_cluster.cancel_all()


def until(found, seconds: float = 120.0):
    """Return the first thing found that is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := found():
            return value
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds:.0f} s")


def running(folder: Path) -> list[Path]:
    """Return the folders of the jobs that run."""
    return [path.parent for path in folder.glob(f"results/*/*/*/{heartbeat.FILE}")]


def validated(folder: Path) -> list[Path]:
    """Return the folders of the jobs that run, and have a checkpoint to go on from."""
    return [job for job in running(folder) if (job / "last.ckpt").exists()]


def waiting() -> list[str]:
    """Return the tasks that Slurm has not started yet."""
    command = ["squeue", "--me", "--array", "--noheader", "--states=PENDING", "--format=%i"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def submitted(folder: Path) -> int:
    """Return how many tasks Slurm was given."""
    return len(list(folder.rglob("*_submitted.pkl")))


def resumed(folder: Path) -> set[Path]:
    """Return the folders of the jobs that went on from a checkpoint."""
    return {path.parent for path in folder.rglob("train.log") if "continues from" in path.read_text()}


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_the_next_driver_waits_for_the_tasks_of_a_stopped_one_and_submits_none_again(tmp_path, program, sent):
    held = hold(tmp_path)
    driver = program.start(tmp_path, *POC)
    until(lambda: running(tmp_path))
    driver.send_signal(sent)
    stdout, _ = driver.communicate(timeout=60)
    assert sent == signal.SIGKILL or ("Slurm keeps running 4 jobs" in stdout and "scancel" in stdout)
    assert running(tmp_path) and waiting()
    held.unlink()
    done = program(tmp_path, *POC)
    assert done.returncode == 0, done.stderr
    assert [line.split()[1] for line in done.stderr.splitlines() if line.startswith("smoke ")][-1] == "4/4"
    assert len(list(tmp_path.glob("results/poc/smoke_full/*/result.json"))) == 2
    assert submitted(tmp_path) == 6
    assert not resumed(tmp_path)


def test_killed_and_cancelled_tasks_are_noticed_and_continue(tmp_path, program):
    held = hold(tmp_path)
    driver = program.start(tmp_path, *GRID)
    killed, cancelled = until(lambda: len(found := validated(tmp_path)) == 2 and found)
    os.kill(heartbeat.read(killed)["pid"], signal.SIGKILL)
    subprocess.run(["scancel", (cancelled / slurm.TASK).read_text()], check=True)
    held.unlink()
    stderr = driver.communicate(timeout=180)[1]
    assert driver.returncode == 0, stderr
    assert submitted(tmp_path) == 4
    assert resumed(tmp_path) == {killed, cancelled}


def test_a_task_past_its_time_limit_is_requeued_and_continues(tmp_path, program):
    held = hold(tmp_path)
    driver = program.start(tmp_path, *GRID)
    stopped = until(lambda: validated(tmp_path))[0]
    task = (stopped / slurm.TASK).read_text()
    subprocess.run(["scancel", "--signal=USR2", task], check=True)  # as Slurm does before it ends the task
    until(lambda: task in waiting())
    held.unlink()
    soon = "StartTime=now+3seconds"  # or it waits two minutes; in the second that ended it a node takes no task again
    subprocess.run(["scontrol", "update", f"job={task}", soon], check=True)
    stderr = driver.communicate(timeout=180)[1]
    assert driver.returncode == 0, stderr
    assert submitted(tmp_path) == 2
    assert resumed(tmp_path) == {stopped}


def test_slurms_reason_for_rejecting_a_job_is_printed(tmp_path, nasamp):
    done = nasamp(*GRID, "hydra.launcher.partition=none")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "launcher=slurm: " in done.stderr and "invalid partition specified: none" in done.stderr


def test_without_slurm_one_line_says_what_is_missing(tmp_path, nasamp, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    done = nasamp(*GRID)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "squeue is not installed" in done.stderr
