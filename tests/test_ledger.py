"""The ledger of a search: what its folders say of each job, whatever became of the job's process."""

import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from configs import config

from nasamp.errors import ConfigError
from nasamp.search import search_file
from nasamp.search.jobs import heartbeat, job, ledger

ROOT = Path(__file__).parents[1]


def test_a_point_keeps_its_id_and_new_points_get_new_ones():
    first = search_file.Record("a", points=[{"label": "x", "id": 1}, {"label": "y", "id": 2}])
    assert search_file.numbered(["w", "y", "z", "x"], first) == [3, 2, 4, 1]


def test_reference_models_are_computed_once_for_the_same_samples_and_parts(monkeypatch):
    asked = []

    def of_all(recordings):
        names = [recording.name for recording in recordings]
        asked.extend(names)
        return dict.fromkeys(names, "new")

    monkeypatch.setattr("nasamp.audio.references.of_all", of_all)
    heard = {name: {"digest": "1", "parts": {"test": 9}} for name in ("same", "changed", "recut")}
    before = search_file.Record("a", recordings=heard, references=dict.fromkeys(heard, "old"))
    other = {"changed": {"digest": "2"}, "recut": {"parts": {"test": 8}}, "added": {"digest": "4"}}
    heard_now = heard | {name: heard["same"] | each for name, each in other.items()}
    now = search_file.Record("a", recordings=heard_now)
    done = search_file.with_references(now, [SimpleNamespace(name=name) for name in now.recordings], before)
    assert asked == ["changed", "recut", "added"]
    assert done.references == {"same": "old"} | dict.fromkeys(asked, "new")


def test_a_job_that_raises_is_failed_with_its_error(tmp_path):
    with pytest.raises(ZeroDivisionError), ledger.attempt(tmp_path, "id"):
        raise ZeroDivisionError
    assert ledger.state(tmp_path, "id") == "failed"
    assert "ZeroDivisionError" in ledger.read(tmp_path / ledger.ERROR)["error"]


def test_a_job_whose_process_was_killed_is_torn_and_one_that_runs_is_not_taken_over(tmp_path):
    code = "import sys; from pathlib import Path; from nasamp.search.jobs import ledger; attempt = ledger.attempt"
    code += "; attempt(Path(sys.argv[1]), 'id').__enter__(); print('runs', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code, tmp_path], stdin=-1, stdout=-1, cwd=ROOT) as other:
        assert other.stdout.readline() == b"runs\n"
        assert ledger.state(tmp_path, "id") == "running"
        with pytest.raises(heartbeat.HeldElsewhereError, match="already running"), ledger.attempt(tmp_path, "id"):
            raise AssertionError
        other.kill()
    assert ledger.state(tmp_path, "id") == "interrupted"
    with ledger.attempt(tmp_path, "id") as held:
        assert heartbeat.read(tmp_path)["tries"] == 2
        held.update(done=0.5)
    assert not list(tmp_path.glob(".*"))


def test_a_mark_of_another_machine_is_dead_when_it_was_not_touched_for_a_minute(tmp_path):
    path = tmp_path / heartbeat.FILE
    path.write_text('{"host": "elsewhere", "pid": 1, "token": "theirs"}')
    assert ledger.state(tmp_path, "id") == "running"
    os.utime(path, (time.time() - 61, time.time() - 61))
    assert ledger.state(tmp_path, "id") == "interrupted"


def test_a_job_that_ended_without_a_trace_is_not_taken_for_one_that_runs(tmp_path):
    with pytest.raises(ConfigError, match=r"error\.json"), ledger.attempt(tmp_path, "id"):
        assert ledger.state(tmp_path, "id") == "running"
        (tmp_path / ledger.ERROR).mkdir()  # so that why it failed cannot be written
        raise ValueError
    assert ledger.state(tmp_path, "id") == "new"


def test_who_lost_the_mark_does_not_write_over_the_one_who_took_it(tmp_path):
    with (
        pytest.raises(heartbeat.HeldElsewhereError, match="has taken this job over"),
        ledger.attempt(tmp_path, "id") as held,
    ):
        (tmp_path / heartbeat.FILE).write_text('{"token": "theirs"}')
        held.update(done=0.5)
    assert heartbeat.read(tmp_path) == {"token": "theirs"}


@pytest.mark.parametrize(
    ("ends", "is_isolated", "launched", "states"),
    [
        ({1: "done", 2: "done"}, False, [[1, 2]], ["done", "done"]),
        ({1: "interrupted", 2: "new"}, False, [[1, 2], [2], [1]], ["failed", "failed"]),
        ({1: "interrupted", 2: "new"}, True, [[1, 2], [2, 1]], ["failed", "failed"]),
        ({1: "interrupted", 2: "done"}, False, [[1, 2], [1]], ["failed", "done"]),
        ({1: "failed", 2: "new"}, False, [[1, 2], [2]], ["failed", "failed"]),
    ],
)
def test_what_a_batch_left_over_is_launched_again_alone_where_jobs_share_a_fate_and_then_given_up(
    tmp_path, ends, is_isolated, launched, states
):
    jobs = [job.Job(None, tmp_path / str(number), "id", (), 0.0) for number in ends]
    calls = []

    def launch(batch):
        calls.append([int(each.folder.name) for each in batch])
        for each in batch:
            match ends[int(each.folder.name)]:
                case "done":
                    ledger.finish(each.folder, "id", {})
                case "failed":
                    each.fail("it raised")
                case "interrupted":
                    each.folder.mkdir(exist_ok=True)
                    (each.folder / heartbeat.FILE).write_text(f'{{"host": "{platform.node()}", "pid": 1, "born": 0}}')

    job.finish(jobs, launch, is_isolated=is_isolated)
    assert calls == launched
    assert [each.state for each in jobs] == states


def test_a_search_that_goes_on_removes_the_mark_beside_a_result(tmp_path):
    ledger.finish(tmp_path, "id", {})
    (tmp_path / heartbeat.FILE).write_text(f'{{"host": "{platform.node()}", "pid": 1, "born": 0}}')
    job.Job(None, tmp_path, "id", (), 0.0).clear_leftovers()
    assert [path.name for path in tmp_path.iterdir()] == [ledger.RESULT]


def test_a_job_that_was_done_meanwhile_is_not_done_again(tmp_path):
    ledger.finish(tmp_path, "id", {"val_esr": 0.1})
    with (
        pytest.raises(heartbeat.HeldElsewhereError, match="another process has finished this job"),
        ledger.attempt(tmp_path, "id"),
    ):
        raise AssertionError
    assert ledger.state(tmp_path, "id") == "done"
    assert not (tmp_path / heartbeat.FILE).exists()


def test_an_interrupted_job_leaves_no_mark(tmp_path):
    with pytest.raises(KeyboardInterrupt), ledger.attempt(tmp_path, "id"):
        raise KeyboardInterrupt
    assert ledger.state(tmp_path, "id") == "new"


def test_a_result_counts_only_for_the_settings_that_made_it(tmp_path):
    ledger.finish(tmp_path, "id", {"val_esr": 0.1})
    assert (ledger.state(tmp_path, "id"), ledger.state(tmp_path, "other")) == ("done", "new")


def test_a_half_written_result_is_not_believed(tmp_path):
    (tmp_path / ledger.RESULT).write_text('{"identity": "id", "val')
    assert ledger.state(tmp_path, "id") == "new"


def test_a_job_is_the_same_wherever_it_lies_and_runs():
    here = config(
        *("launcher=joblib", "trainer.accelerator=cpu", "model.implementation=torch"),
        *("data.cache=/elsewhere", "search.name=other"),
    )
    assert ledger.identity(here, "recording") == ledger.identity(config(), "recording")
    assert ledger.identity(config("trainer.precision=bf16-mixed"), "recording") != ledger.identity(here, "recording")


def test_a_recipe_of_before_the_zero_head_keeps_its_identities_and_another_head_is_another_job():
    settings = ledger.settings(config("recipe=fast"))
    assert "zero_head" not in settings["recipe"]
    fast, zero = (config("recipe=fast", f"recipe.zero_head={value}") for value in ("false", "true"))
    assert ledger.settings(fast) == settings
    assert ledger.identity(fast, "recording") != ledger.identity(zero, "recording")


# Spoilt files

ODD = [
    "",
    "[]",
    "[1]",
    "null",
    "3",
    '"x"',
    "\0\1",
    "[" * 100_000,
    "{",
    '{"host": 3, "pid": "x", "done": "a", "token": []}',
]


@pytest.mark.parametrize("content", ODD)
@pytest.mark.parametrize("name", [ledger.RESULT, ledger.ERROR])
def test_a_spoilt_file_of_the_ledger_is_none(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    assert ledger.state(tmp_path, "id") == "new"


@pytest.mark.parametrize("pid", [0, -1, 10**30, True, "x", None])
def test_a_spoilt_mark_is_of_a_job_that_can_be_taken_over(tmp_path, pid):
    for content in (json.dumps({"host": platform.node(), "pid": pid, "born": 1.0}), json.dumps({"pid": pid})):
        path = tmp_path / heartbeat.FILE
        path.write_text(content)
        os.utime(path, (0, 0))
        assert ledger.state(tmp_path, "id") == "interrupted"
        with ledger.attempt(tmp_path, "id") as held:
            held.update(done=0.5)
            assert ledger.state(tmp_path, "id") == "running"
        heartbeat.remove(tmp_path)


@pytest.mark.parametrize("content", ODD)
def test_a_mark_without_a_word_is_of_a_job_that_can_be_taken_over(tmp_path, content):
    path = tmp_path / heartbeat.FILE
    path.write_text(content)
    os.utime(path, (0, 0))
    with ledger.attempt(tmp_path, "id"):
        assert ledger.state(tmp_path, "id") == "running"


@pytest.mark.parametrize("key", ["done", "from", "pace"])
@pytest.mark.parametrize(
    "value", ["a", None, [], {}, True, -1, 10**400, float("inf"), float("nan")], ids=lambda each: str(each)[:5]
)
def test_a_share_or_a_pace_that_cannot_be_is_not_read_from_a_mark(tmp_path, key, value):
    (tmp_path / heartbeat.FILE).write_text(json.dumps({key: value, "token": "theirs"}))
    assert heartbeat.read(tmp_path) == {"token": "theirs"}


@pytest.mark.parametrize("value", ["abc", None, [], {}, True, "NaN", 10**400, float("inf")])
def test_a_result_without_the_number_that_ranks_it_comes_last(value):
    assert ledger.score({"val_esr": value}, "val_esr") > 1e9 > ledger.score({"val_esr": 7.0}, "val_esr")
