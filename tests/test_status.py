"""The status app's description of a search's folder."""

import platform

import pytest

from nasamp.errors import ConfigError, NothingUsable
from nasamp.search import search_file
from nasamp.search.jobs import heartbeat, ledger
from nasamp.status.overview import describe

PHASES = [{"phase": "quick", "keep": 0.5}, {"phase": "full"}]


def search(folder, points=5):
    points = [{"label": f"L{i}", "id": i, "dropped_because": "" if i else "parameters"} for i in range(points)]
    search_file.write(folder, search_file.Record("poc", phases=PHASES, points=points))
    for name in ("a", "b"):
        ledger.finish(folder / "quick" / name, "id", {"training_seconds": 30.0})
    ledger.fail(folder / "quick" / "c", "id", "ValueError: first line\nthe last line")
    return folder


def test_jobs_are_counted_by_state_and_failures_have_their_reason(tmp_path):
    lines = describe(search(tmp_path)).splitlines()
    assert lines[1].split() == ["quick", "4", "2", "0", "1", "0", "1"]
    assert lines[2].split() == ["full", "2", "0", "0", "0", "0", "2"]
    assert lines[3].startswith("failed: ") and lines[3].endswith("c: the last line")
    assert lines[4] == "time left: not known before a job has run; no job is running"


def test_killed_and_running_jobs_are_shown_apart(tmp_path):
    torn = search(tmp_path) / "quick" / "d"
    torn.mkdir()
    (torn / heartbeat.FILE).write_text(f'{{"host": "{platform.node()}", "pid": 1, "born": 0, "done": 0.4}}')
    assert "its process was killed at 40%" in describe(tmp_path)
    with heartbeat.held(tmp_path / "full" / "e") as held:
        held.update(done=0.25)
        assert "running: " in (text := describe(tmp_path)) and ": 25%, process " in text


def test_a_job_killed_after_writing_its_result_is_done(tmp_path):
    done = search(tmp_path) / "quick" / "a"
    (done / heartbeat.FILE).write_text(f'{{"host": "{platform.node()}", "pid": 1, "born": 0, "done": 1.0}}')
    assert describe(tmp_path).splitlines()[1].split() == ["quick", "4", "2", "0", "1", "0", "1"]


def test_a_folder_without_a_search_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="no such folder"):
        describe(tmp_path / "none")
    with pytest.raises(NothingUsable, match="is not the folder of a search"):
        describe(tmp_path)
