"""SIGKILL or SIGHUP at seeded moments of the program, then the same command again: the final results are unchanged.

A moment is an event that Python announces to its audit hooks, such as the renaming of a draft to result.json: the
process kills its group before it happens. In the middle of an epoch is a time after such an event, and while all is
imported a time after the start; both send in turns SIGKILL to the group, SIGKILL to the command alone, whose workers
have to end by themselves, and SIGHUP. No moment depends on how fast the machine is seen to be from outside.
"""

import itertools
import os
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import Program

from nasamp.search.jobs import heartbeat

SEARCH = ["-m", "search=poc", "schedule=smoke", "model.layers=3,4", "model.channels=4,6", "trainer.accelerator=cpu"]
SIZE = [
    "data.seconds=12",
    "recipe.smoke.steps=42",
    "recipe.smoke_full.steps=84",
    "phase.validate_every=7",
    "callbacks.benchmark.seconds=0.1",
]
COMMAND = [*SEARCH, *SIZE, "search.constraints.min_parameters=null"]
TIMES = ("training_seconds", "rtf_", "deadline_misses", "realtime_capable")  # columns that begin so differ by right
PATHS = ["checkpoint", "vox_json", "nam"]
HOOK = """
import os, signal, sys, threading

event, name, number, delay, way = os.environ.get("KILL_AT", "none none 0 0 group").split()
left = int(number)

def kill():
    if way == "leader":
        os.kill(os.getpgrp(), signal.SIGKILL)
    else:
        os.killpg(0, signal.SIGHUP if way == "hangup" else signal.SIGKILL)

def watch(happens, arguments):
    global left
    if happens == event and str(arguments[-3 if event == "os.rename" else 0]).endswith(name):
        left -= 1
        if not left:
            threading.Timer(float(delay), kill).start() if float(delay) else kill()

sys.addaudithook(watch)
"""
EVENTS = {
    "while the recording is made": "os.rename _v1",
    "between best and last checkpoint": "os.rename last.ckpt",
    "while result.json is written": "os.rename result.json",
    "after result.json, before the mark goes": "os.remove running",
    "between phases": "os.rename speed.json",
}
IMPORT, IN_EPOCH = "while all is imported", "os.rename running"  # a job writes how far it is after each validation
OF_JOBS = ["in the middle of an epoch", *list(EVENTS)[1:4]]
WAYS = ["group", "leader", "hangup"]


@dataclass(frozen=True)
class Moment:
    """When the program is killed, and how: at the nth event of a kind, or so many s after it."""

    what: str
    number: int = 1
    delay: float = 0.0
    way: str = "group"

    @property
    def in_words(self) -> str:
        """Return what the program's hook reads."""
        return f"{EVENTS.get(self.what, IN_EPOCH)} {self.number} {self.delay} {self.way}"


def moments(seed: int) -> Iterator[Moment]:
    """Yield six moments in the order of a search's life."""
    draw = np.random.default_rng(seed)
    ways = itertools.cycle(draw.permutation(WAYS))
    yield Moment(next(iter(EVENTS))) if draw.random() < 0.5 else Moment(IMPORT, 0, draw.uniform(0.3, 3.0), next(ways))
    for what in map(str, draw.permutation(OF_JOBS)[:3]):  # at most three of four jobs are done before the last of these
        yield _of_job(what, draw, ways)
    yield Moment("between phases", int(draw.integers(1, 3)))
    yield _of_job(str(draw.choice(OF_JOBS)), draw, ways)


def _of_job(what: str, draw: np.random.Generator, ways: Iterator[str]) -> Moment:
    if what == OF_JOBS[0]:
        return Moment(what, int(draw.integers(1, 5)), draw.uniform(0.001, 0.05), next(ways))
    return Moment(what, int(draw.integers(1, 7)) if what == "between best and last checkpoint" else 1)


def killed(program: Program, folder: Path, moment: Moment, patch: pytest.MonkeyPatch) -> None:
    """Start the search, and kill it and all that it started at a moment."""
    patch.setenv("KILL_AT", "none none 0 0 group" if moment.what == IMPORT else moment.in_words)
    process = program.start(folder, *COMMAND)
    if moment.what == IMPORT:
        time.sleep(moment.delay)
        os.killpg(process.pid, signal.SIGHUP if moment.way == "hangup" else signal.SIGKILL)
    stdout, stderr = process.communicate()  # ends when no worker holds them any more
    assert process.returncode in (-signal.SIGKILL, -signal.SIGHUP, 130), f"{moment} never came\n{stdout}\n{stderr}"
    patch.delenv("KILL_AT")


def refuse_another_recording(program: Program, folder: Path) -> None:
    """Start a search of another recording in the same folder; once a job has begun there, it must change nothing."""
    if not any(list(folder.glob(f"results/poc/*/*/{name}")) for name in (heartbeat.FILE, "last.ckpt", "result.json")):
        return
    before = contents(folder)
    other = program(folder, *COMMAND, "data.device=muff")
    assert other.returncode == 2
    assert "holds results of another recording: screamer (12.0 s" in other.stderr
    assert contents(folder) == before


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.glob("results/**/*") if path.is_file()}


def finished(folder: Path) -> dict[Path, tuple[int, int]]:
    """Return inode and modification time of each result, which change where one is written again."""
    results = folder.glob("results/*/*/*/result.json")
    return {path: ((found := path.stat()).st_ino, found.st_mtime_ns) for path in results}


def tables(program: Program, folder: Path) -> dict[str, pd.DataFrame]:
    """Return all tables from both sources, without times and folders."""
    found = {}
    for source in ("wandb", "results"):
        line = ["runs=results/poc", f"source={source}", f"output={source}"]
        done = program(folder, *line, module="nasamp.pareto")
        assert done.returncode == 0, done.stderr
        for path in sorted((folder / source).glob("*.csv")):
            table = pd.read_csv(path)
            timed = [column for column in table.columns if column.startswith(TIMES)]
            found[f"{source}/{path.name}"] = table.drop(columns=[*timed, *PATHS]).sort_values(["phase", "id"])
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory, program):
    """Return the folder of an undisturbed search, and its tables."""
    folder = tmp_path_factory.mktemp("whole")
    done = program(folder, *COMMAND)
    assert done.returncode == 0, done.stderr
    return folder, tables(program, folder)


@pytest.mark.parametrize(
    "seed", [pytest.param(0, marks=pytest.mark.long), *(pytest.param(n, marks=pytest.mark.faults) for n in range(1, 6))]
)
def test_a_search_killed_repeatedly_ends_with_the_results_of_an_undisturbed_one(
    whole, program, cache, tmp_path, monkeypatch, seed
):
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(HOOK)
    shutil.copytree(cache / "nasamp" / "fused", tmp_path / "cache" / "nasamp" / "fused")  # compiled; no recording yet
    hooked, done_before = Program(tmp_path / "cache", tmp_path / "hook"), {}
    for moment in moments(seed):
        killed(hooked, tmp_path, moment, monkeypatch)
        refuse_another_recording(program, tmp_path)
        done_before = finished(tmp_path) | done_before
        print(f"killed {moment}; {len(done_before)} jobs done")
    last = program(tmp_path, *COMMAND)
    assert last.returncode == 0, last.stderr
    assert finished(tmp_path) == finished(tmp_path) | done_before
    assert len(list(tmp_path.glob("results/poc/wandb/offline-run-*"))) == 6
    expected, found = whole[1], tables(program, tmp_path)
    assert found.keys() == expected.keys()
    for name, table in found.items():
        pd.testing.assert_frame_equal(
            table.reset_index(drop=True), expected[name].reset_index(drop=True), check_like=True
        )
    for path in tmp_path.glob("results/poc/smoke_full/*/search_*.json"):
        assert path.read_text() == (whole[0] / path.relative_to(tmp_path)).read_text()
    assert not list(tmp_path.glob(f"results/poc/*/*/{heartbeat.FILE}"))
