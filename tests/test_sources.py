"""The Pareto app reads W&B's runs, and takes from result.json what they lack."""

import json
import shutil
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from conftest import Program
from pareto_runs import run
from wandb_file import place, write

from nasamp import tracking
from nasamp.app import _columns_of
from nasamp.audio import clip
from nasamp.errors import ConfigError
from nasamp.pareto import report, sources
from nasamp.quantities import QUANTITIES
from nasamp.schema import Objectives, ParetoConfig, ParetoExport
from nasamp.search import search_file
from nasamp.search.jobs import ledger
from nasamp.training import curve

PHASES = [{"phase": "quick", "keep": 0.5}, {"phase": "full"}]
JOBS = [("quick", 1), ("quick", 2), ("quick", 3), ("full", 1), ("full", 2)]


def named(number):
    return f"search_{number:03d}_L5_C16_K3"


def job(folder, phase, number, *, wandb=True, **changes):
    """Write one finished job as nasamp does: result.json, and W&B's run of the same."""
    columns = run(number, phase=phase, val_esr=0.1 / number, val_esr_db=-10.0 - number, val_loss=0.1, **changes)
    row = {name: value for name, value in columns.items() if value == value}
    ledger.finish(folder / phase / named(number), f"id{number}", {key: row[key] for key in row if key != "status"})
    if wandb:
        summary = {QUANTITIES[name].key: value for name, value in row.items() if name in QUANTITIES}
        id_ = f"{phase}{number}"
        write(place(folder, id_), run=id_, name=named(number), phase=phase, summary=summary,
              config={"identity": f"id{number}"})  # fmt: skip


@pytest.fixture
def search(tmp_path):
    folder = tmp_path / "results" / "poc"
    search_file.write(folder, search_file.Record("poc", phases=PHASES))
    for phase, number in JOBS:
        job(folder, phase, number)
    return folder


def config(folder, source="wandb", **changes):
    flags = {"track": False, "upload": False, "output": None} | changes
    return ParetoConfig(
        folder, source, Objectives(["val_esr", "parameters"]), export=ParetoExport(slimmable=False), **flags
    )


def read(folder, source="wandb"):
    rows, notes = sources.read(config(folder, source), folder, search_file.read(folder))
    return {(row["phase"], row["id"]): row for row in rows}, notes


def runs_of(folder):
    return sorted(folder.glob("wandb/*/run-*.wandb"))


def gone(folder):
    shutil.rmtree(folder / "wandb")


def cut(size):
    def change(folder):
        for path in runs_of(folder):
            path.write_bytes(path.read_bytes()[:size])

    return change


def binary(folder):
    for path in runs_of(folder):
        path.write_bytes(bytes(range(256)) * 30)


def folders(folder):
    for path in runs_of(folder):
        path.unlink()
        path.mkdir()


def links_to_nowhere(folder):
    for path in runs_of(folder):
        path.unlink()
        path.symlink_to(folder / "nothing")


def unfinished(folder):
    again(folder, exit_code=None)


def failed(folder):
    again(folder, exit_code=1)


def of_another_training(folder):
    again(folder, config={"identity": "other"})


def stale(folder):
    again(folder, summary={"val/esr": 0.9, "parameters": 1000})


def again(folder, **changes):
    for phase, number in JOBS:
        write(place(folder, f"{phase}{number}"), run=f"{phase}{number}", name=named(number), phase=phase, **changes)


SPOILS = [gone, binary, folders, links_to_nowhere, unfinished, failed, of_another_training, stale]


@pytest.mark.parametrize("spoil", [*SPOILS, *map(cut, (0, 3, 7, 20, 100, 300, 600))], ids=lambda each: each.__name__)
def test_every_finished_job_has_its_numbers_even_if_its_run_is_damaged(search, spoil):
    spoil(search)
    rows, notes = read(search)
    assert set(rows) == set(JOBS)
    for (_, number), row in rows.items():
        assert (row["status"], row["val_esr"], row["parameters"]) == ("finished", 0.1 / number, 1000)
    assert len(notes) == 1
    assert "5 of 5 finished jobs" in notes[0] and "\n" not in notes[0]


def test_a_truncated_run_file_loses_no_job(search):
    path = runs_of(search)[0]
    content = path.read_bytes()
    for size in range(0, len(content), 37):
        path.write_bytes(content[:size])
        rows, notes = read(search)
        assert rows["full", 1]["val_esr"] == 0.1
        assert len(notes) == 1 and notes[0].startswith("1 of 5 finished jobs")


def test_missing_data_are_reported_once_for_each_reason(search):
    shutil.rmtree(runs_of(search)[0].parent)
    write(place(search, "full2"), run="full2", name=named(2), phase="full", exit_code=1)
    job(search, "full", 3, wandb=False)
    rows, notes = read(search)
    assert len(rows) == 6
    assert notes == [
        "3 of 6 finished jobs read from result.json instead of W&B: 2 without a readable run, "
        "1 with a run marked failed"
    ]


def test_complete_runs_are_read_without_a_message(search):
    rows, notes = read(search)
    assert notes == []
    assert rows["full", 1]["wandb"] == "wandb/offline-run-20260101_000000-full1"


def test_a_file_that_may_not_be_read_leaves_the_job_in_the_table(search, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    assert set(read(search)[0]) == set(JOBS)


def test_a_run_without_a_job_folder_stays_in_the_table(search):
    shutil.rmtree(search / "full" / named(1))
    assert read(search)[0]["full", 1]["val_esr"] == 0.1


def test_a_job_that_runs_again_is_not_finished_though_its_last_run_is(search):
    ledger.fail(search / "full" / named(1), "id1", "out of memory")
    (search / "full" / named(1) / ledger.RESULT).unlink()
    assert read(search)[0]["full", 1]["status"] == "failed"


@pytest.mark.parametrize("content", ["", "{", "[1]", "null", '"x"', "[" * 100_000, "\0\1", '{"identity": '])
def test_a_corrupt_result_is_reported_once_and_replaced_by_its_run(search, content):
    for number in (1, 2):
        (search / "full" / named(number) / ledger.RESULT).write_text(content)
    rows, notes = read(search)
    assert rows["full", 1]["val_esr"] == 0.1
    assert len(notes) == 1 and notes[0].startswith(
        f"2 jobs with an unreadable result.json or error.json (full/{named(1)}"
    )
    assert ledger.state(search / "full" / named(1), "id1") == "new"


ODD = [None, True, "abc", "", [], {}, [[1]], {"min": 1}, float("nan"), float("inf"), 10**400, -(10**30), 1e308]


@pytest.mark.long
@pytest.mark.parametrize("value", ODD, ids=lambda each: repr(each)[:12])
def test_odd_values_in_a_result_do_not_prevent_the_report(search, value):
    gone(search)
    path = search / "full" / named(1) / ledger.RESULT
    path.write_text(json.dumps(dict.fromkeys(json.loads(path.read_text()), value)))
    assert "1 model, on the front" in report.write(config(search))
    assert named(2) in (search / "all_results.csv").read_text()


def test_runs_of_another_search_are_left_out_and_counted(search):
    other = write(place(search, "x"), run="x", name="search_009_L9")
    other.write_bytes(other.read_bytes().replace(b"poc", b"abc"))
    rows, notes = read(search)
    assert set(rows) == set(JOBS)
    assert notes == ["left out: 1 W&B run of abc"]


def test_runs_of_several_searches_in_a_folder_of_none_are_refused(tmp_path):
    for group in (b"one", b"two"):
        path = write(place(tmp_path, group.decode()), run=group.decode())
        path.write_bytes(path.read_bytes().replace(b"poc", group))
    with pytest.raises(ConfigError, match=r"several searches \(one, two\).*source=results"):
        sources.read(config(tmp_path), tmp_path, None)


def test_without_search_yaml_the_phases_are_in_their_order(search):
    (search / search_file.FILE).unlink()
    for source in ("wandb", "results"):
        assert "phase full: " in report.write(config(search, source))


def test_phases_that_search_yaml_does_not_name_are_read_where_it_names_none_that_ended(search):
    search_file.write(search, search_file.Record("poc", phases=[{"phase": "rung_1"}]))
    assert "phase full: " in report.write(config(search))


def test_an_empty_file_gives_no_run(tmp_path):
    write(place(tmp_path, "a")).write_bytes(b"")
    assert tracking.read_runs(tmp_path) == []


# The files of a job


def clips(folder):
    return [path / "clip.flac" for path in sorted((folder / "full").iterdir())]


def truncated(path):
    path.write_bytes(path.read_bytes()[:1000])


def emptied(path):
    path.write_bytes(b"")


def a_folder(path):
    path.unlink()
    path.mkdir()


def other_bytes(path):
    path.write_bytes(bytes(range(256)) * 9)


@pytest.mark.long
@pytest.mark.parametrize("spoil", [truncated, emptied, a_folder, other_bytes])
def test_broken_clips_and_curves_are_left_out_and_reported_once(search, spoil):
    noise = np.random.default_rng(0).normal(0, 0.1, 4000).astype(np.float32)
    for path in clips(search):
        clip.write(path, clip.Clip(44_100, noise, noise, noise))
        curve.write(path.parent, [{"step": i, "epoch": i, "train/loss": 1.0, "val/esr": 0.5} for i in range(200)])
    whole = report.write(config(search))
    assert "cannot be read" not in whole
    for path in clips(search):
        spoil(path)
    for path in search.glob("full/*/history.csv"):
        (other_bytes if spoil is truncated else spoil)(path)
    lines = report.write(config(search)).splitlines()
    assert [line.split(" cannot")[0] for line in lines if "cannot be read" in line] == [
        "clip.flac of 2 jobs",
        "history.csv of 2 jobs",
    ]


@pytest.mark.long
@pytest.mark.parametrize("name", ["report.html", "summary.md", "pareto_frontier.csv", "quality_vs_params.png"])
def test_a_folder_where_a_file_is_to_be_written_is_one_line(search, name):
    (search / name).mkdir()
    with pytest.raises(ConfigError, match=f"{name}: is a folder, but a file is needed here; rename or remove it"):
        report.write(config(search))


def test_a_file_where_the_output_needs_a_folder_is_one_line(search):
    (search / "out").write_text("")
    for output in ("out", "out/deeper"):
        with pytest.raises(ConfigError, match=r"is a file; name a folder|one of its folders is a file"):
            report.write(config(search, output=search / output))


# A folder that was moved


@pytest.mark.long
@pytest.mark.parametrize("source", ["wandb", "results"])
@pytest.mark.parametrize("old", ["/home/me/results/poc/full/", "C:\\results\\poc\\full\\", ""])
def test_what_is_written_holds_paths_from_the_folder_that_is_analysed(tmp_path, source, old):
    before = tmp_path / "before" / "poc"
    search_file.write(before, search_file.Record("poc", phases=PHASES, command="python -m nasamp -m search=poc"))
    job(before, "full", 1, nam=f"{old}x.nam", checkpoint=f"{old}best.ckpt", vox_json=f"{old}x.json")
    (before / "full" / named(1) / "x.nam").write_text("{}")
    moved = before.rename(tmp_path / "after")
    report.write(config(moved, source))
    table = pd.read_csv(moved / "all_results.csv").iloc[0]
    place = f"full/{named(1)}"
    assert [table["nam"], table["checkpoint"], table["vox_json"]] == [
        f"{place}/{x}" for x in ("x.nam", "best.ckpt", "x.json")
    ]
    assert (moved / table["nam"]).exists()
    assert f"`{place}/x.nam`" in (moved / "summary.md").read_text()
    assert f'href="{place}/x.nam"' in (moved / "report.html").read_text("utf-8")
    for path in moved.rglob("*"):
        if (path.is_file() and path.suffix in (".csv", ".md", ".yaml")) or path.name == "report.html":
            text = path.read_text("utf-8")
            assert str(tmp_path) not in text and "/home/me" not in text and "C:\\results" not in text, path


@pytest.mark.long
def test_the_report_of_a_moved_search_names_no_old_path(nasamp, tmp_path):
    small = ["model.layers=3", "model.channels=4", "data.seconds=10", "phase=smoke_full", "phase.length.steps=6"]
    fast = ["phase.validate_every=3", "benchmark.seconds=0.1", "benchmark.engine=torch", "launcher=basic"]
    assert nasamp(*small, *fast, "search.name=amp").returncode == 0
    moved = (tmp_path / "results" / "amp").rename(tmp_path / "elsewhere")
    assert nasamp("runs=elsewhere", module="nasamp.pareto").returncode == 0
    for name in ("summary.md", "all_results.csv", "pareto_frontier.csv", "report.html", "wandb/rows.json"):
        assert str(tmp_path) not in (moved / name).read_text("utf-8"), name
    (result,) = moved.glob("*/*/result.json")
    row = json.loads(result.read_text())
    assert all((moved / row[column]).exists() for column in ("checkpoint", "nam", "vox_json"))


# Columns of the user's own


class Mine:
    """What a callback leaves behind; ``result`` is a class's own, and may hold anything."""

    def __init__(self, result):
        self.result = result


def test_the_result_of_a_callback_becomes_plain_columns_that_cannot_change_which_job_it_is():
    row = {"id": 1, "name": "a", "val_esr": 0.1}
    result = {
        "tone": np.float32(0.5),
        "word": "x",
        3: np.int64(4),
        "name": "b",
        "identity": "c",
        "status": "d",
        "val_esr": 1,
    }
    assert _columns_of(Mine(result), row) == {"tone": 0.5, "word": "x", "3": 4, "val_esr": 1}
    assert type(_columns_of(Mine(result), row)["tone"]) is float
    assert [_columns_of(Mine(odd), row) for odd in (None, 3, [1], "text")] == [{}] * 4


@pytest.mark.long
@pytest.mark.parametrize("source", ["wandb", "results"])
@pytest.mark.parametrize("lost", [(), ("wandb",), ("full", "quick")], ids=str)
def test_columns_of_the_users_own_are_in_every_table_and_in_the_report(tmp_path, source, lost):
    if "full" in lost and source == "results":
        return
    folder = tmp_path / "poc"
    search_file.write(folder, search_file.Record("poc", phases=PHASES))
    for number in (1, 2):
        job(folder, "full", number, tone=0.1234 * number, mood=f"mood{number}", wandb=False)
        result = json.loads((folder / "full" / named(number) / ledger.RESULT).read_text())
        values = {QUANTITIES[name].key if name in QUANTITIES else name: value for name, value in result.items()}
        logged = {"train/loss": 0.5, "epoch": 3, "_step": 7}
        write(place(folder, str(number)), run=str(number), name=named(number), phase="full", summary=values | logged,
              config={"identity": f"id{number}"})  # fmt: skip
    for part in lost:
        shutil.rmtree(folder / part, ignore_errors=True)
    chosen = config(folder, source)
    report.write(replace(chosen, objectives=Objectives(["val_esr", "tone:higher"])))
    for name in ("all_results.csv", "phase2_results.csv", "pareto_frontier.csv"):
        table = pd.read_csv(folder / name).set_index("id")
        assert table["tone"].to_dict() == {2: 0.2468} | ({} if "frontier" in name else {1: 0.1234})
        assert table.loc[2, "mood"] == "mood2"
        assert not {"epoch", "_step", "train/loss", "identity", "group", "machine"} & set(table)
    assert "| 0.2468 |" in (folder / "summary.md").read_text()
    page = (folder / "report.html").read_text("utf-8")
    assert '"column":"tone"' in page and "0.2468" in page


def test_a_column_without_a_direction_counts_as_lower_is_better_with_a_note(search):
    job(search, "full", 3, tone=1.0)
    chosen = replace(config(search), objectives=Objectives(["val_esr", "tone"]))
    assert "tone: lower is taken as better; tone:higher reverses it" in report.write(chosen)


def test_the_summary_of_a_run_holds_the_users_columns_under_their_names(monkeypatch):
    summary = {}
    run = SimpleNamespace(url=None, summary=summary)
    monkeypatch.setitem(sys.modules, "wandb", SimpleNamespace(run=run))
    tracking.summarize({"val_esr": 0.1, "tone": 2.0, "candidate": "a", "machine": "b"})
    assert summary == {"val/esr": 0.1, "tone": 2.0}


@pytest.mark.long
def test_a_callback_of_the_users_own_by_the_real_program(tmp_path, cache):
    (tmp_path / "mine.py").write_text(
        "import numpy as np, pytorch_lightning as pl\n"
        "class Mine(pl.Callback):\n"
        "    def on_fit_end(self, trainer, module):\n"
        "        self.result = {'tone': np.float32(trainer.global_step), 'name': 'x'}\n"
    )
    program = Program(cache, tmp_path)
    small = ["model.layers=3", "model.channels=4", "data.seconds=10", "phase=smoke", "phase.length.steps=6"]
    done = program(tmp_path, *small, "phase.validate_every=3", "launcher=basic", "+callbacks.mine._target_=mine.Mine")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "results" / "single"
    (result,) = folder.glob("*/*/result.json")
    assert json.loads(result.read_text())["tone"] == 6.0
    assert tracking.read_runs(folder)[0]["tone"] == 6.0
    done = program(tmp_path, f"runs={folder}", "objectives=[val_esr_db,tone:higher]", module="nasamp.pareto")
    assert done.returncode == 0, done.stderr
    assert pd.read_csv(folder / "pareto_frontier.csv")["tone"].to_list() == [6.0]
    for objectives, words in {"[val_esr_db,tne]": "did you mean 'tone'", "[1,[2]]": "1 must be a column"}.items():
        done = program(tmp_path, f"runs={folder}", f"objectives={objectives}", module="nasamp.pareto")
        assert done.returncode == 2 and words in done.stderr
    assert program(tmp_path, f"runs={folder}", "objectives=cpu", module="nasamp.pareto").returncode == 0
