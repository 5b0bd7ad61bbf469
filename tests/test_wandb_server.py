"""W&B's genuine client logs to, syncs to and reads from a stand-in for its server."""

import base64
import io
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
import wandb
from wandb_content import ENTITY
from wandb_server import serving

from nasamp.audio import clip
from nasamp.errors import ConfigError
from nasamp.tracking import analysis_run, server

MIN, MAX = 1, 2  # of a metric's summary, in W&B's encoding
KEY = "0123456789abcdef" * 2 + "fedcba98"
PLACE = server.Place(ENTITY, "nasamp", "poc")
GRID = ["-m", "model.layers=3,4", "model.channels=4", "schedule=smoke", "search.name=poc", "data.seconds=12"]
FAST = [
    "recipe.smoke.steps=6",
    "recipe.smoke_full.steps=9",
    "phase.validate_every=3",
    "benchmark.seconds=0.1",
    "benchmark.engine=torch",
]
TABLES = ("all_results.csv", "phase1_results.csv", "phase2_results.csv", "pareto_frontier.csv")


@pytest.fixture
def standin(monkeypatch):
    """Return the stand-in server, which W&B's client of this and of started processes asks."""
    with serving() as content:
        monkeypatch.setenv("WANDB_BASE_URL", content.url)
        monkeypatch.setenv("WANDB_API_KEY", KEY)
        yield content
        wandb.teardown()  # else this process goes on asking this server


def logged(content, number, **changes):
    """Add a finished run to the server directly."""
    run = {"displayName": f"search_{number:03d}", "jobType": "full", "group": "poc", "state": "finished"}
    run |= {"config": {"parameters": {"value": number}}, "summary": {"val/esr": 0.5}}
    return content.add_run("nasamp", f"id{number}", **(run | changes))


# Reading


def test_runs_of_a_group_are_read_page_by_page_with_what_they_hold(standin):
    for number in range(450):
        logged(standin, number, group="poc" if number % 2 else "other")
    rows = server.read_runs(PLACE)
    assert [row["parameters"] for row in rows] == list(range(1, 450, 2))
    assert {(row["phase"], row["val_esr"], row["status"]) for row in rows} == {("full", 0.5, "finished")}


def test_states_are_those_of_the_tables(standin):
    states = ["finished", "failed", "running", "crashed", "killed", "preempted"]
    for number, state in enumerate(states):
        logged(standin, number, state=state)
    found = [row["status"] for row in server.read_runs(PLACE)]
    assert found == ["finished", "failed", "running", "crashed", "crashed", "crashed"]


def test_of_two_runs_of_one_job_the_newer_counts_and_the_reports_own_run_does_not(standin):
    logged(standin, 1, displayName="a", summary={"val/esr": 0.1, "_timestamp": 20.0})  # synced first
    logged(standin, 2, displayName="a", summary={"val/esr": 0.9, "_timestamp": 10.0})
    logged(standin, 3, displayName="poc-front", jobType="pareto")
    assert [(row["name"], row["val_esr"]) for row in server.read_runs(PLACE)] == [("a", 0.1)]


def test_an_unknown_project_gives_one_line(standin):
    with pytest.raises(ConfigError, match=r"source=server: tester/none: Could not find project none$"):
        server.read_runs(server.Place(ENTITY, "none", "poc"))


def test_a_place_of_two_parts_and_an_upload_from_a_folder_are_refused(nasamp):
    done = nasamp("runs=nasamp/poc", "source=server", module="nasamp.pareto")
    assert done.returncode == 2
    assert "error: runs=nasamp/poc: source=server reads entity/project/search" in done.stderr
    done = nasamp("runs=poc", "upload=true", module="nasamp.pareto")
    assert "upload=true: needs source=server" in done.stderr


# Uploading


@pytest.fixture
def content(tmp_path):
    """Return an analysis with one model and one clip, its report and two exports."""
    paths = [tmp_path / name for name in ("report.html", "a.nam", "b.json")]
    for path in paths:
        path.write_text(path.name)
    sound = clip.Clip(8000, *np.random.default_rng(0).normal(0, 0.1, (3, 4000)).astype(np.float32))
    models = pd.DataFrame({"name": ["L5", "L6"], "kind": ["front", "scan"], "macs": [1, 2], "esr": [0.2, np.nan]})
    what = {"models": models, "chart": ("macs", "esr"), "clips": {"amp/L5": sound}, "report": paths[0]}
    exports = {"exports": paths[1:], "exports_metadata": {"models": [1]}, "aliases": ["full"]}
    return analysis_run.RunContent("poc", {"objectives": "esr, macs"}, {"hypervolume": 0.5}, **what, **exports)


def test_an_analysis_is_uploaded_as_one_run_and_again_without_a_new_version(standin, content):
    for _ in range(2):
        assert analysis_run.write_online(content, PLACE) == "tester/nasamp/poc-front"
    sent = {each["artifactSequence"]["name"]: each for each in standin.artifacts.all.values()}
    (model, report) = (sent[name] for name in ("poc-front", "poc-report"))
    assert len(sent) == len(standin.artifacts.all) == 4  # and the two tables
    assert model["state"] == report["state"] == "COMMITTED" and json.loads(model["metadata"]) == {"models": [1]}
    assert {each["alias"] for each in model["aliases"]} == {"latest", "full"}
    files = {path.name: standin.files[f"artifacts/{model['id']}/{path.name}"] for path in content.exports}
    assert files == {"a.nam": b"a.nam", "b.json": b"b.json"}
    assert standin.files[f"artifacts/{report['id']}/report.html"] == b"report.html"
    (run,) = standin.runs.values()
    assert (run["group"], run["jobType"], run["state"], run["tags"]) == ("poc", "pareto", "finished", ["pareto"])
    assert run["summary"]["hypervolume"] == 0.5 and run["config"]["objectives"]["value"] == "esr, macs"


def test_its_history_holds_tables_charts_and_sound_that_can_be_played(standin, content):
    analysis_run.write_online(content, PLACE)
    (run,) = standin.runs.values()
    row = run["history"][-1]
    kinds = {key: value["_type"] for key, value in row.items() if isinstance(value, dict) and "_type" in value}
    assert kinds["models"] == kinds["front"] == "table-file"
    assert kinds["listen/amp/amp"] == kinds["listen/amp/L5"] == "audio-file"
    charts = set(run["config"]["_wandb"]["value"]["visualize"])
    assert charts == {"models_chart", "front_chart"}
    sound = standin.files[f"nasamp/{run['name']}/{row['listen/amp/L5']['path']}"]
    played, rate = soundfile.read(io.BytesIO(sound))
    target = content.clips["amp/L5"].target
    assert rate == 8000 and np.std(played) == pytest.approx(np.std(target), rel=1e-3)  # at the amp's level


def test_a_place_that_wandb_cannot_write_to_gives_one_line(content, tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_DATA_DIR", "/dev/null")
    with pytest.raises(ConfigError, match=r"^track=true; track=false leaves W&B out: Unable to write staging files"):
        analysis_run.write_offline(content, tmp_path, project="nasamp", uid="u")


# Tags


def test_the_front_is_tagged_and_models_that_left_it_are_untagged(standin):
    logged(standin, 1, displayName="a", summary={"_timestamp": 10.0})
    logged(standin, 2, displayName="a", summary={"_timestamp": 20.0}, tags=["mine"])
    logged(standin, 3, displayName="b", tags=["pareto", "full"])
    logged(standin, 4, displayName="poc-front", jobType="pareto", tags=["pareto"])
    assert server.tag_front(PLACE, {("a", "full")}) == 1
    assert [run["tags"] for run in standin.runs.values()] == [[], ["mine", "pareto"], ["full"], ["pareto"]]


# The whole program


def metrics(run):
    """Return of each metric its axis and what its summary keeps, as W&B's client encodes them."""
    defined = run["config"]["_wandb"]["value"]["m"]
    known = [each for each in defined if "1" in each]
    axes = {each["1"]: defined[each["5"] - 1]["1"] for each in known if "5" in each}
    return axes, {each["1"]: each["7"] for each in known}


@pytest.mark.long
def test_synced_runs_read_from_the_server_give_the_tables_of_their_folder(standin, nasamp, tmp_path):
    done = nasamp(*GRID, *FAST)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "results" / "poc"
    assert nasamp("runs=results/poc", "output=offline", module="nasamp.pareto").returncode == 0
    (command,) = re.findall(r"to upload the runs: *wandb (.*)", done.stdout)
    subprocess.run(f"{sys.executable} -m wandb {command}", shell=True, cwd=tmp_path, check=True, capture_output=True)  # noqa: S602
    folder.rename(tmp_path / "away")
    arguments = [f"runs={ENTITY}/nasamp/poc", "source=server"]
    report = nasamp(*arguments, module="nasamp.pareto")
    assert report.returncode == 0, report.stderr
    for name in TABLES:
        offline, online = (pd.read_csv(place / name) for place in (tmp_path / "offline", folder))
        pd.testing.assert_frame_equal(offline, online)


@pytest.mark.long
def test_an_online_search_is_read_back_its_front_uploaded_and_no_file_holds_the_key(standin, nasamp, tmp_path):
    done = nasamp(*GRID, *FAST, "logger.mode=online")
    assert done.returncode == 0, done.stderr
    assert {run["state"] for run in standin.runs.values()} == {"finished"} and len(standin.runs) == 3
    for run in standin.runs.values():
        rows = [row for row in run["history"] if "val/esr" in row]
        steps = {"smoke": [3, 6], "smoke_full": [6, 9]}[run["jobType"]]
        assert [(row["trainer/global_step"], row["epoch"]) for row in rows] == [(step, 0) for step in steps]
        axes, bests = metrics(run)
        assert axes["val/esr"] == axes["train/loss"] == "trainer/global_step"
        assert bests["val/esr"] == bests["train/loss"] == [MIN] and bests["val/si_sdr_db"] == [MAX]
    arguments = [f"runs={ENTITY}/nasamp/poc", "source=server", "upload=true"]
    report = nasamp(*arguments, module="nasamp.pareto")
    assert report.returncode == 0, report.stderr
    assert "the models of the front as tester/nasamp/poc-front" in report.stdout
    sent = {each["artifactSequence"]["name"]: each for each in standin.artifacts.all.values()}
    artifact = sent["poc-front"]
    front = pd.read_csv(tmp_path / "results" / "poc" / "pareto_frontier.csv")
    tagged = {run["displayName"] for run in standin.runs.values() if "pareto" in run["tags"]}
    assert tagged == {*front["name"], "poc-front"}
    assert {each["alias"] for each in artifact["aliases"]} == {"latest", "smoke_full"}
    sent = {Path(path).suffix for path in standin.files if artifact["id"] in path}
    assert sent >= {".nam", ".json"}
    assert KEY.encode() in b"".join(base64.b64decode(key.removeprefix("Basic ")) for key in standin.keys)  # it was used
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > 20
    assert not [path for path in written if KEY.encode() in path.read_bytes()]
    assert KEY not in done.stdout + done.stderr + report.stdout + report.stderr


@pytest.mark.parametrize(
    ("request_", "status", "launcher"),
    [
        pytest.param("UpsertBucket", 0, "basic", marks=pytest.mark.long),
        pytest.param("UpsertBucket", 503, "basic", marks=pytest.mark.long),
        pytest.param("file_stream", 0, "basic", marks=pytest.mark.long),
        pytest.param("file_stream", 503, "basic", marks=pytest.mark.long),
        pytest.param("UpsertBucket", 0, "joblib", marks=pytest.mark.long),
        pytest.param("UpsertBucket", 503, "joblib", marks=pytest.mark.faults),
        pytest.param("file_stream", 0, "joblib", marks=pytest.mark.faults),
        pytest.param("file_stream", 503, "joblib", marks=pytest.mark.faults),
    ],
)
def test_a_server_that_stops_answering_loses_no_job_and_runs_can_be_sent_later(
    standin, nasamp, tmp_path, monkeypatch, request_, status, launcher
):
    monkeypatch.setenv("WANDB_INIT_TIMEOUT", "2" if request_ == "UpsertBucket" else "60")  # what never comes is short
    monkeypatch.setenv("WANDB_FINISH_TIMEOUT", "2")
    standin.breaks_at, standin.broken_status = request_, status
    done = nasamp(*GRID, *FAST, "logger.mode=online", f"launcher={launcher}")
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("results/poc/*/*/result.json"))) == 3
    assert done.stdout.count("W&B's server did not receive the runs of") == 1
    assert "logger.mode=offline needs no server" in done.stdout and "Traceback" not in done.stdout + done.stderr
    standin.breaks_at, standin.is_broken = "\0", False
    (command,) = re.findall(r"to upload the runs: *wandb (.*)", done.stdout)
    subprocess.run(f"{sys.executable} -m wandb {command}", shell=True, cwd=tmp_path, check=True, capture_output=True)  # noqa: S602
    assert {run["state"] for run in standin.runs.values()} == {"finished"} and len(standin.runs) == 3


@pytest.mark.parametrize(
    ("sent", "launcher"),
    [
        pytest.param(signal.SIGINT, "basic", marks=pytest.mark.long),
        pytest.param(signal.SIGTERM, "basic", marks=pytest.mark.long),
        pytest.param(signal.SIGHUP, "basic", marks=pytest.mark.long),
        pytest.param(signal.SIGINT, "joblib", marks=pytest.mark.faults),
        pytest.param(signal.SIGTERM, "joblib", marks=pytest.mark.long),
        pytest.param(signal.SIGHUP, "joblib", marks=pytest.mark.faults),
    ],
)
def test_the_run_of_an_interrupted_job_ends_on_the_server(standin, program, tmp_path, sent, launcher):
    line = ["-m", "model.layers=3", "model.channels=4", "data.seconds=12", "phase=smoke", "phase.length.steps=30000"]
    line += ["phase.validate_every=10", "phase.patience=10000", "logger.mode=online", f"launcher={launcher}"]
    process = program.start(tmp_path, *line)
    while not any(run["history"] for run in standin.runs.values()):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.1)
    process.send_signal(sent)
    process.communicate()
    assert process.returncode == 130
    assert [run["state"] for run in standin.runs.values()] == ["killed"]
