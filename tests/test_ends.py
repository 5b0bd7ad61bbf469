"""Ending a command and its workers, with the real program: no process keeps training, and every W&B run is closed."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from pausing import PAUSE, hold

from nasamp import tracking
from nasamp.search.jobs import heartbeat, workers

LONG = ["-m", "model.layers=3", "model.channels=4,6", "data.seconds=12", "trainer.accelerator=cpu", "phase=smoke"]
LONG += ["phase.length.steps=30000", "phase.validate_every=10", "phase.patience=10000", "launcher.n_jobs=2"]


@pytest.fixture
def search(tmp_path, program):
    """Return a search with two training workers, and all processes that it started."""
    process = program.start(tmp_path, *LONG)
    while len(list(tmp_path.glob("results/custom/smoke/*/last.ckpt"))) < 2:
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.1)
    started = psutil.Process(process.pid).children(recursive=True)
    yield process, started
    process.kill()
    for each in started:
        with suppress(psutil.NoSuchProcess):
            each.kill()


def exit_codes(folder: Path) -> list[int | None]:
    return [tracking.read_run(path)["exit_code"] for path in folder.glob("results/custom/wandb/offline-*/run-*.wandb")]


def nobody_is_left(started: list[psutil.Process]) -> bool:
    return not psutil.wait_procs(started, timeout=60)[1]


@pytest.mark.parametrize(
    ("sent", "is_to_all"),
    [
        pytest.param(signal.SIGINT, False, marks=pytest.mark.long),
        pytest.param(signal.SIGINT, True, marks=pytest.mark.long),  # Ctrl-C in a terminal
        pytest.param(signal.SIGTERM, False, marks=pytest.mark.long),  # kill
        pytest.param(signal.SIGTERM, True, marks=pytest.mark.faults),
        pytest.param(signal.SIGHUP, False, marks=pytest.mark.faults),
        pytest.param(signal.SIGHUP, True, marks=pytest.mark.long),  # a closed terminal
    ],
)
def test_an_interrupted_search_ends_its_workers_and_runs_and_prints_how_to_continue(search, tmp_path, sent, is_to_all):
    process, started = search
    os.killpg(process.pid, sent) if is_to_all else process.send_signal(sent)
    stderr = process.communicate()[1]
    assert process.returncode == 130, stderr
    assert "interrupted; to continue: python -m nasamp -m model.layers=3" in stderr
    assert sent == signal.SIGHUP or "Traceback" not in stderr  # joblib's own tracker dies of a SIGHUP, and says so
    assert nobody_is_left(started)
    assert exit_codes(tmp_path) == [255, 255]
    assert not list(tmp_path.glob(f"results/*/*/*/{heartbeat.FILE}"))


@pytest.mark.long
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGQUIT])
def test_the_workers_of_a_killed_command_end_their_runs_and_themselves(search, tmp_path, sent):
    process, started = search
    process.send_signal(sent)
    process.communicate()
    assert nobody_is_left(started)
    assert exit_codes(tmp_path) == [255, 255]


@pytest.mark.long
def test_a_second_ctrl_c_leaves_no_process_either(search):
    process, started = search
    for _ in range(5):
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.2)
    stderr = process.communicate()[1]
    assert process.returncode == 130, stderr
    assert nobody_is_left(started)


@pytest.mark.long
def test_a_terminated_worker_loses_no_job_and_ends_no_search(tmp_path, program):
    short, held = [each.replace("30000", "40") for each in LONG], hold(tmp_path)
    process = program.start(tmp_path, *short, PAUSE)
    while not (marks := list(tmp_path.glob(f"results/custom/smoke/*/{heartbeat.FILE}"))):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.1)
    os.kill(heartbeat.read(marks[0].parent)["pid"], signal.SIGTERM)
    held.unlink()
    stderr = process.communicate()[1]
    assert process.returncode == 0, stderr
    assert len(list(tmp_path.glob("results/custom/smoke/*/result.json"))) == 2


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no terminals that close")
def test_a_signal_that_was_ignored_at_the_start_stays_ignored():
    line = "signal.signal(signal.SIGHUP, signal.SIG_IGN); workers.on_stop(signal.default_int_handler); "
    line += "os.kill(os.getpid(), signal.SIGHUP); print(signal.getsignal(signal.SIGTERM) is signal.default_int_handler)"
    code = f"import os, signal; from nasamp.search.jobs import workers; {line}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_an_interrupted_job_in_the_main_process_ends_at_once(tmp_path):
    before = [signal.getsignal(number) for number in workers.STOPPING]
    try:
        with heartbeat.held(tmp_path), pytest.raises(KeyboardInterrupt), workers.jobs_end_first([tmp_path]):
            began = time.monotonic()
            signal.raise_signal(signal.SIGTERM)
        assert time.monotonic() - began < workers.CLOSING_SECONDS
    finally:
        for number, handler in zip(workers.STOPPING, before, strict=True):
            signal.signal(number, handler)
