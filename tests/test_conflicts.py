"""Conflicts between a command and the jobs and recordings that are already in its folder."""

import json
import os
import platform
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from nasamp.errors import ConfigError
from nasamp.search import conflicts, search_file
from nasamp.search.jobs import heartbeat, ledger

DEAD = f'{{"host": "{platform.node()}", "pid": 1, "born": 0}}'


def intent(recordings, *, settings=None, is_axis=False, identities=None):
    facts = {name: {"digest": digest} for name, digest in recordings.items()}
    known = identities or {}
    return conflicts.Intent(settings or {"quick": {}}, facts, is_axis, lambda phase, name: known.get((phase, name)))


def search(folder, recordings, *, settings=None):
    """Write a search.yaml with a point for each of three jobs."""
    facts = {name: {"digest": digest, "seconds": 12.0} for name, digest in recordings.items()}
    points = [{"label": name, "id": i, "name": name, "dropped_because": ""} for i, name in enumerate("xyz", 1)]
    settings = settings or {"quick": {}}
    search_file.write(folder, search_file.Record("amp", recordings=facts, settings=settings, points=points))
    return folder


def finish(folder, recording, **columns):
    ledger.finish(folder, "id", {"recording": recording, **columns})


def conflicting(folder, wanted):
    return conflicts.find(folder, search_file.read(folder), wanted)


def jobs(found):
    return {path.name for path in found.jobs}


def test_changed_settings_conflict_only_with_results_that_they_cannot_be_compared_with(tmp_path):
    search(tmp_path, {"a": "1"}, settings={"quick": {"seed": 1}})
    other = intent({"a": "1"}, settings={"quick": {"seed": 2}})
    assert not conflicting(tmp_path, other).has_results
    finish(tmp_path / "quick" / "x", "a")
    assert conflicting(tmp_path, other).has_results
    assert conflicting(tmp_path, other).settings == ("seed: 1 -> 2",)
    same = intent({"a": "1"}, settings={"quick": {"seed": 1}, "full": {"seed": 2}})
    assert not conflicting(tmp_path, same).has_results


@pytest.mark.parametrize("phase", ["quick", "full"])
def test_results_of_other_audio_conflict_in_any_phase_and_renamed_recordings_do_not(tmp_path, phase):
    finish(search(tmp_path, {"a": "1"}) / phase / "x", "a")
    assert jobs(conflicting(tmp_path, intent({"a": "2"}))) == {"x"}
    assert jobs(conflicting(tmp_path, intent({"b": "2"}))) == {"x"}
    assert not conflicting(tmp_path, intent({"b": "1"})).has_results


@pytest.mark.parametrize("left", ["last.ckpt", heartbeat.FILE])
def test_an_unfinished_job_belongs_to_its_recording_and_a_failed_one_does_not_count(tmp_path, left):
    job = search(tmp_path, {"a": "1"}) / "quick" / "x"
    job.mkdir(parents=True)
    assert not conflicting(tmp_path, intent({"b": "2"})).has_results
    (job / left).write_text(DEAD)
    assert conflicting(tmp_path, intent({"b": "2"})).has_results
    ledger.fail(job, "id", "it raised")
    assert not conflicting(tmp_path, intent({"b": "2"})).has_results


def test_where_recordings_is_axis_new_names_may_be_added_and_each_name_keeps_its_audio(tmp_path):
    finish(search(tmp_path, {"a": "1", "b": "2"}) / "quick" / "x", "a")
    finish(tmp_path / "quick" / "y", "b")
    assert not conflicting(tmp_path, intent({"b": "2", "c": "3"}, is_axis=True)).has_results
    found = conflicting(tmp_path, intent({"a": "1", "b": "9"}, is_axis=True))
    assert (jobs(found), set(found.recordings)) == ({"y"}, {"b"})


def test_without_search_yaml_the_result_identifies_its_audio(tmp_path):
    finish(tmp_path / "quick" / "x", "a", job={"digest": "1"})
    assert not conflicting(tmp_path, intent({"b": "1"})).has_results
    found = conflicting(tmp_path, intent({"b": "2"}))
    assert (jobs(found), dict(found.recordings)) == ({"x"}, {"a": {"digest": "1"}})


def test_for_results_of_an_early_version_the_prepared_recording_identifies_the_audio(tmp_path):
    finish(tmp_path / "quick" / "x", "a")
    (tmp_path / "recordings" / "1").mkdir(parents=True)
    (tmp_path / "recordings" / "1" / "recording.json").write_text('{"name": "a", "digest": "1"}')
    assert conflicting(tmp_path, intent({"a": "2"})).has_results
    assert not conflicting(tmp_path, intent({"a": "1"})).has_results


def test_a_search_yaml_that_kept_the_hash_alone_is_read(tmp_path):
    (tmp_path / search_file.FILE).write_text("{name: amp, phases: [], points: [], recordings: {a: '1'}}")
    finish(tmp_path / "quick" / "x", "a")
    assert conflicting(tmp_path, intent({"a": "2"})).has_results
    assert not conflicting(tmp_path, intent({"a": "1"})).has_results


def test_a_finished_result_in_the_folder_of_another_job_conflicts(tmp_path):
    finish(tmp_path / "quick" / "x", "a")  # of an early version, and nothing says of which audio
    place = ("quick", "x")
    assert not conflicting(tmp_path, intent({"a": "1"}, identities={place: "id"})).has_results
    found = conflicting(tmp_path, intent({"a": "1"}, identities={place: "another"}))
    assert jobs(found) == {"x"}
    assert str(tmp_path / "quick" / "x") in conflicts.message(tmp_path, found, intent({"a": "1"}), "python -m nasamp")


def test_the_refusal_names_both_recordings_and_a_command_that_keeps_both(tmp_path):
    folder = tmp_path / "my_amp"
    finish(search(folder, {"crunch": "1"}) / "quick" / "x", "crunch")
    wanted = intent({"lead (1)": "2"})
    line = conflicts.message(folder, conflicting(folder, wanted), wanted, "python -m nasamp search.name=my_amp")
    assert f"{folder} holds results of another recording: crunch (12.0 s, digest 1); this is lead (1)" in line
    assert "search.on_change=new" in line and "search.on_change=force" in line
    assert line.endswith(": python -m nasamp search.name=lead_1")
    (tmp_path / "lead_1").mkdir()
    assert line.count("search.name=") == 1  # the typed name is replaced
    assert "search.name=my_amp-2" in conflicts.message(folder, conflicting(folder, wanted), wanted, "")


def test_force_removes_what_conflicts_and_leaves_the_rest(tmp_path):
    search(tmp_path, {"a": "1", "b": "2"})
    finish(tmp_path / "quick" / "x", "a")
    finish(tmp_path / "quick" / "y", "b")
    ledger.fail(tmp_path / "quick" / "z", "id", "it raised")
    for digest in "12":
        (tmp_path / "recordings" / digest).mkdir(parents=True)
    (tmp_path / "notes.txt").touch()
    found = conflicting(tmp_path, intent({"a": "9"}, is_axis=True))
    left = conflicts.remove(tmp_path, search_file.read(tmp_path), found)
    assert set(left.recordings) == {"b"} and [point["name"] for point in left.points] == ["y"]
    assert [path.name for path in (tmp_path / "quick").iterdir()] == ["y"]
    assert [path.name for path in (tmp_path / "recordings").iterdir()] == ["2"]
    assert (tmp_path / "notes.txt").exists()


def test_force_does_not_touch_a_job_that_runs(tmp_path):
    job = search(tmp_path, {"a": "1"}) / "quick" / "x"
    with heartbeat.held(job):
        found = conflicting(tmp_path, intent({"b": "2"}))
        with pytest.raises(ConfigError, match=f"process {os.getpid()} on .* is training it"):
            conflicts.remove(tmp_path, search_file.read(tmp_path), found)
    assert job.exists()


RATE = 8000
LINE = ["model.channels=4", "phase=smoke", "recipe.smoke.steps=6", "phase.validate_every=3", "trainer.accelerator=cpu"]


def amp(folder: Path, seed: int) -> list[str]:
    """Write a recording and return what names it: each is called dry.wav and wet.wav."""
    dry = np.random.default_rng(seed).uniform(-0.5, 0.5, RATE * 12).astype(np.float32)
    folder.mkdir(exist_ok=True)
    for name, signal in (("dry", dry), ("wet", np.tanh(3 * dry))):
        soundfile.write(folder / f"{name}.wav", signal, RATE, subtype="FLOAT")
    return ["data=recording", f"data.input={folder}/dry.wav", f"data.output={folder}/wet.wav", *LINE]


def content(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".wandb" not in path.name}


@pytest.mark.long
def test_a_second_amp_is_refused_beside_or_instead_of_the_first_as_the_command_says(tmp_path, nasamp):
    first, second = amp(tmp_path / "one", 1), amp(tmp_path / "two", 2)
    done = nasamp("-m", "model.layers=3", *first)
    assert done.returncode == 0, done.stderr
    before = content(tmp_path / "results")
    for other in (second, [*second, "data.name=lead"], [*second, "model.channels=5"]):
        refused = nasamp("-m", "model.layers=3", *other)
        assert refused.returncode == 2
        assert f"{Path('results/custom')} holds results of another recording: wet (12.0 s" in refused.stderr
        assert content(tmp_path / "results") == before
    (advised,) = [line for line in refused.stderr.splitlines() if "to keep both: " in line]
    beside = nasamp(*advised.partition("to keep both: python -m nasamp ")[2].split())
    assert beside.returncode == 0, beside.stderr
    assert (tmp_path / "results" / "wet" / search_file.FILE).exists()
    numbered = nasamp("-m", "model.layers=3", *second, "search.on_change=new")
    assert numbered.returncode == 0, numbered.stderr
    assert f"results are in {Path('results/custom-2')}" in numbered.stdout
    assert content(tmp_path / "results" / "custom") == {
        path: each for path, each in before.items() if path.is_relative_to(tmp_path / "results" / "custom")
    }
    renamed = nasamp("-m", "model.layers=3", *first, "data.name=mine")
    assert renamed.returncode == 0 and "1 done before" in renamed.stdout
    forced = nasamp("-m", "model.layers=4", *second, "search.on_change=force")
    assert forced.returncode == 0, forced.stderr
    (result,) = tmp_path.glob("results/custom/smoke/*/result.json")
    search = search_file.read(tmp_path / "results" / "custom")
    assert json.loads(result.read_text())["job"]["digest"] == search.recordings["wet"]["digest"]
    assert [point["name"] for point in search.points] == [result.parent.name]
    assert nasamp("runs=results/custom", module="nasamp.pareto").returncode == 0
    table = (tmp_path / "results" / "custom" / "all_results.csv").read_text().splitlines()
    assert len(table) == 2 and "L4_C4_K3" in table[1]


@pytest.mark.long
def test_a_single_job_of_a_second_amp_or_of_a_file_that_changed_is_refused(tmp_path, nasamp):
    first = amp(tmp_path / "one", 1)
    assert nasamp("model.layers=3", *first).returncode == 0
    before = content(tmp_path / "results")
    amp(tmp_path / "one", 2)
    shutil.move(tmp_path / "results" / "single" / search_file.FILE, tmp_path / "lost")
    for arguments in (["model.layers=3"], ["model.layers=4"]):
        refused = nasamp(*arguments, *first)
        assert refused.returncode == 2 and "holds results of another recording" in refused.stderr
        assert content(tmp_path / "results").items() <= before.items()
