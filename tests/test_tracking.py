"""Reading W&B's files: which runs count, what is cached, and the state of runs without an end."""

import json
import os
import platform
import time

import pytest
from wandb_file import place, write

from nasamp import tracking
from nasamp.pareto import sources
from nasamp.schema import ParetoConfig, ParetoExport
from nasamp.search import search_file
from nasamp.search.jobs import heartbeat, ledger
from nasamp.tracking import reading, run_file


@pytest.fixture
def parsed(monkeypatch):
    """Return the paths that were parsed, in order."""
    paths, real = [], run_file.read_run
    monkeypatch.setattr(run_file, "read_run", lambda path: paths.append(path.stem) or real(path))
    return paths


def aged(path, seconds):
    then = time.time() - seconds
    os.utime(path, (then, then))
    return path


# What is kept


def test_a_second_call_parses_nothing_and_returns_the_same(tmp_path, parsed):
    for run in ("a", "b"):
        write(place(tmp_path, run), run=run, name=run, summary={"val/esr": float("nan"), "error": "über"})
    first = tracking.read_runs(tmp_path)
    assert repr(tracking.read_runs(tmp_path)) == repr(first)  # NaN equals nothing
    assert sorted(parsed) == ["run-a", "run-b"]


def test_changed_and_new_runs_are_parsed_and_removed_ones_forgotten(tmp_path, parsed):
    _, changed, gone = (write(place(tmp_path, run), run=run, name=run) for run in ("kept", "changed", "gone"))
    tracking.read_runs(tmp_path)
    parsed.clear()
    write(changed, run="changed", name="changed", summary={"val/esr": 0.25})
    write(place(tmp_path, "new"), run="new", name="new")
    gone.unlink()
    rows = {row["name"]: row["val_esr"] for row in tracking.read_runs(tmp_path)}
    assert sorted(parsed) == ["run-changed", "run-new"]
    assert rows == {"kept": 0.5, "changed": 0.25, "new": 0.5}


def test_a_change_that_keeps_the_size_is_seen_by_the_time(tmp_path):
    path = write(place(tmp_path, "a"))
    tracking.read_runs(tmp_path)
    size, content = path.stat().st_size, path.read_bytes()
    path.write_bytes(content.replace(b"0.5", b"0.7"))
    assert path.stat().st_size == size
    assert tracking.read_runs(tmp_path)[0]["val_esr"] == 0.7


def test_rows_cached_by_other_code_are_parsed_again(tmp_path, parsed):
    write(place(tmp_path, "a"))
    tracking.read_runs(tmp_path)
    kept = tmp_path / reading.KEPT
    kept.write_text(json.dumps(json.loads(kept.read_text()) | {"reader": "another"}))
    tracking.read_runs(tmp_path)
    assert len(parsed) == 2


@pytest.mark.parametrize("content", ["", "[]", "{}", "null", '{"reader": 1'])
def test_a_corrupt_cache_of_rows_is_ignored(tmp_path, content):
    write(place(tmp_path, "a"))
    (tmp_path / reading.KEPT).write_text(content)
    assert tracking.read_runs(tmp_path)[0]["val_esr"] == 0.5


def test_a_folder_that_may_only_be_read_is_read(tmp_path, monkeypatch):
    write(place(tmp_path, "a"))

    def refuse(path, text):
        raise PermissionError(path)

    monkeypatch.setattr(reading, "write_text", refuse)
    assert len(tracking.read_runs(tmp_path)) == 1


def test_a_folder_without_the_runs_folder_of_a_search_gets_no_file(tmp_path):
    write(tmp_path / "copied" / "run-a.wandb")
    assert len(tracking.read_runs(tmp_path)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["copied"]


# What counts


def test_of_two_files_of_one_run_the_finished_counts(tmp_path):
    aged(write(place(tmp_path, "a"), summary={"val/esr": 0.1}), 100)
    write(tmp_path / "wandb" / "later" / "run-a.wandb", exit_code=None)
    assert [(row["status"], row["val_esr"]) for row in tracking.read_runs(tmp_path)] == [("finished", 0.1)]


def test_a_job_trained_again_with_other_settings_counts_once_by_its_newer_run(tmp_path):
    aged(write(place(tmp_path, "old"), run="old"), 100)
    write(place(tmp_path, "new"), run="new", exit_code=None)
    assert [row["status"] for row in tracking.read_runs(tmp_path)] == ["running"]


# Ends


@pytest.mark.parametrize(
    ("exit_code", "age", "status"),
    [(0, 9999, "finished"), (1, 9999, "failed"), (None, 0, "running"), (None, 9999, "crashed")],
)
def test_a_run_without_an_end_has_crashed_where_its_file_is_old(tmp_path, exit_code, age, status):
    path = write(place(tmp_path, "a"), exit_code=exit_code)
    tracking.read_runs(tmp_path)
    aged(path, age)
    assert [row["status"] for row in tracking.read_runs(tmp_path) for _ in "12"] == [status] * 2


def rows_of(folder, source="wandb"):
    flags = {"track": False, "upload": False}
    config = ParetoConfig(folder, source, ["val_esr", "parameters"], None, ParetoExport(slimmable=False), **flags)
    return sources.read(config, folder, search_file.read(folder))[0]


@pytest.mark.parametrize("source", ["wandb", "results"])
def test_the_heartbeat_of_a_job_distinguishes_running_from_crashed_at_once(tmp_path, source):
    aged(write(place(tmp_path, "a"), run="a", name="alive", exit_code=None), 9999)
    write(place(tmp_path, "b"), run="b", name="dead", exit_code=None)
    dead = tmp_path / "full" / "dead"
    dead.mkdir(parents=True)
    (dead / heartbeat.FILE).write_text(json.dumps({"host": platform.node(), "pid": 1, "born": 0, "done": 0.4}))
    with heartbeat.held(tmp_path / "full" / "alive"):
        assert sorted((row["name"], row["status"]) for row in rows_of(tmp_path, source)) == [
            ("alive", "running"),
            ("dead", "crashed"),
        ]


def test_errors_come_from_the_ledger_also_for_jobs_without_a_run(tmp_path):
    write(place(tmp_path, "a"), run="a", name="known", exit_code=1)
    for name in ("known", "unknown"):
        ledger.fail(tmp_path / "full" / name, "id", f"{name} error")
    assert [(row["name"], row["status"], row["error"]) for row in rows_of(tmp_path)] == [
        ("known", "failed", "known error"),
        ("unknown", "failed", "unknown error"),
    ]


def test_a_job_that_failed_early_is_listed_for_its_candidate(tmp_path):
    points = [{"name": "search_001_L5_seed-1", "id": 1, "label": "L5_seed-1", "candidate": "L5", "dropped_because": ""}]
    search_file.write(tmp_path, search_file.Record("poc", points=points))
    ledger.fail(tmp_path / "full" / "search_001_L5_seed-1", "id", "error")
    assert rows_of(tmp_path, "results")[0]["candidate"] == "L5"
