"""Searches on Ray, here and on a cluster of two nodes, whose worker, node and driver are killed."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from nasamp.search.jobs import heartbeat

pytestmark = pytest.mark.ray
pytest.importorskip("ray", reason="needs Ray: make test-ray")
GRID = ["-m", "model.layers=3", "trainer.accelerator=cpu", "data.seconds=12", "logger=none", "launcher=ray"]
SHORT = [*GRID, "model.channels=4,6", "schedule=smoke", "callbacks.benchmark.seconds=0.1"]
LONG = [*GRID, "model.channels=4,6", "phase=smoke", "phase.length.steps=400", "phase.validate_every=5"]
COMMAND = [str(Path(sys.executable).with_name("ray"))]
SMALL = ["--num-cpus=1", "--object-store-memory=80000000"]  # one job at a time on each node


class Cluster:
    """A head node and a second one, on two addresses of the loopback."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"127.0.0.1:{port}"
        self._start("--head", f"--port={port}", f"--temp-dir={folder}", "--include-dashboard=false", node="127.0.0.1")
        head = self._processes()
        self._start(f"--address={self.address}", node="127.0.0.2")
        self._second = self._processes() - head

    def kill_the_second_node(self) -> None:
        for process in self._second:
            process.kill()

    def stop(self) -> None:
        while left := self._processes():
            for process in left:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            psutil.wait_procs(left, timeout=5)

    def _start(self, *how: str, node: str) -> None:
        line = [*COMMAND, "start", f"--node-ip-address={node}", *SMALL, *how]
        subprocess.run(line, check=True, capture_output=True)

    def _processes(self) -> set[psutil.Process]:
        """Return all that Ray started: each knows the folder of its session."""
        found = psutil.process_iter(["cmdline"])
        return {each for each in found if any(str(self._folder) in word for word in each.info["cmdline"] or [])}


@pytest.fixture
def cluster(monkeypatch):
    """Return a running cluster; its folder's name is short, for the sockets in it."""
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        found = Cluster(Path(folder))
        yield found
        found.stop()


def running(folder: Path) -> list[Path]:
    """Return the folders of the jobs that run, and have a checkpoint to go on from."""
    held = [path.parent for path in folder.glob(f"results/*/*/*/{heartbeat.FILE}") if heartbeat.is_held(path.parent)]
    return [job for job in held if (job / "last.ckpt").exists()]


def until_both_run(folder: Path) -> list[Path]:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if len(found := running(folder)) == 2:
            return sorted(found)
        time.sleep(0.1)
    raise AssertionError("two jobs never ran at the same time")


def resumed(folder: Path) -> set[Path]:
    """Return the folders of the jobs that went on from a checkpoint."""
    return {path.parent for path in folder.rglob("train.log") if "continues from" in path.read_text()}


def results(folder: Path) -> int:
    return len(list(folder.glob("results/custom/smoke/*/result.json")))


def test_a_search_runs_on_this_machine_and_prints_each_job_as_it_ends(tmp_path, nasamp):
    done = nasamp(*SHORT)
    assert done.returncode == 0, done.stderr
    assert "at a time (cores: " in done.stdout
    lines = [line.split()[:2] for line in done.stderr.splitlines() if line.startswith("smoke")]
    assert lines == [["smoke", "1/2"], ["smoke", "2/2"], ["smoke_full", "1/1"]]


def test_a_search_runs_on_both_nodes_of_a_cluster_and_a_killed_worker_goes_on(tmp_path, program, cluster):
    search = program.start(tmp_path, *LONG, f"hydra.launcher.ray.init.address={cluster.address}")
    victim, _ = until_both_run(tmp_path)
    os.kill(heartbeat.read(victim)["pid"], signal.SIGKILL)
    _, stderr = search.communicate(timeout=300)
    assert search.returncode == 0, stderr
    assert (results(tmp_path), resumed(tmp_path)) == (2, {victim})


def test_a_killed_node_loses_no_job(tmp_path, program, cluster):
    search = program.start(tmp_path, *LONG, f"hydra.launcher.ray.init.address={cluster.address}")
    until_both_run(tmp_path)
    cluster.kill_the_second_node()
    _, stderr = search.communicate(timeout=300)
    assert search.returncode == 0, stderr
    assert (results(tmp_path), len(resumed(tmp_path))) == (2, 1)


def test_after_a_killed_driver_the_same_command_goes_on(tmp_path, program, cluster):
    line = [*LONG, f"hydra.launcher.ray.init.address={cluster.address}"]
    search = program.start(tmp_path, *line)
    both = until_both_run(tmp_path)
    search.kill()
    search.communicate()
    done = program(tmp_path, *line)
    assert done.returncode == 0, done.stderr
    assert (results(tmp_path), resumed(tmp_path)) == (2, set(both))


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_search_prints_how_to_continue_and_no_job_fails(tmp_path, program, sent):
    search = program.start(tmp_path, *LONG)
    until_both_run(tmp_path)
    search.send_signal(sent)
    _, stderr = search.communicate(timeout=60)
    assert search.returncode == 130, stderr
    assert stderr.splitlines()[-1].startswith("interrupted; to continue: python -m nasamp")
    assert not list(tmp_path.rglob("error.json"))


def test_an_unreachable_cluster_gives_one_line(tmp_path, nasamp):
    done = nasamp(*SHORT, "hydra.launcher.ray.init.address=127.0.0.1:1")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "launcher=ray: no cluster answers at 127.0.0.1:1" in done.stderr
