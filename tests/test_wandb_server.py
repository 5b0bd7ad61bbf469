"""W&B's server in the loop: its genuine client logs to, syncs to and reads from a stand-in."""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import wandb
from wandb_content import ENTITY
from wandb_server import serving

from nasamp.errors import ConfigError
from nasamp.tracking import server

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
    """Put a finished run on the server, past its client."""
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


def test_a_project_that_is_not_there_gives_one_line(standin):
    with pytest.raises(ConfigError, match=r"source=server: tester/none: Could not find project none$"):
        server.read_runs(server.Place(ENTITY, "none", "poc"))


def test_a_place_of_two_parts_and_an_upload_from_a_folder_are_refused(nasamp):
    done = nasamp("runs=nasamp/poc", "source=server", module="nasamp.pareto")
    assert done.returncode == 2
    assert "error: runs=nasamp/poc: source=server reads entity/project/search" in done.stderr
    done = nasamp("runs=poc", "upload=true", module="nasamp.pareto")
    assert "upload=true: goes with source=server" in done.stderr


# Uploading


def test_files_go_up_as_one_artifact_and_again_as_no_new_version(standin, tmp_path):
    paths = [tmp_path / name for name in ("a.nam", "b.json")]
    for path in paths:
        path.write_text(path.name)
    for _ in range(2):
        assert server.upload(PLACE, paths, {"models": [1]}, aliases=["latest", "full"]) == "tester/nasamp/poc-front"
    (artifact,) = standin.artifacts.all.values()
    assert artifact["state"] == "COMMITTED" and json.loads(artifact["metadata"]) == {"models": [1]}
    assert {each["alias"] for each in artifact["aliases"]} == {"latest", "full"}
    assert {standin.files[f"artifacts/{artifact['id']}/{path.name}"] for path in paths} == {b"a.nam", b"b.json"}
    (run,) = standin.runs.values()
    assert (run["group"], run["jobType"], run["state"]) == ("poc", "pareto", "finished")


# The whole program


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
def test_an_online_search_is_read_from_the_server_and_its_front_goes_up_and_no_file_holds_the_key(
    standin, nasamp, tmp_path
):
    done = nasamp(*GRID, *FAST, "logger.mode=online")
    assert done.returncode == 0, done.stderr
    assert {run["state"] for run in standin.runs.values()} == {"finished"} and len(standin.runs) == 3
    arguments = [f"runs={ENTITY}/nasamp/poc", "source=server", "upload=true"]
    report = nasamp(*arguments, module="nasamp.pareto")
    assert report.returncode == 0, report.stderr
    assert "uploaded the front's models as tester/nasamp/poc-front" in report.stdout
    (artifact,) = standin.artifacts.all.values()
    assert {each["alias"] for each in artifact["aliases"]} == {"latest", "smoke_full"}
    sent = {Path(path).suffix for path in standin.files if artifact["id"] in path}
    assert sent >= {".nam", ".json"}
    assert KEY.encode() in b"".join(base64.b64decode(key.removeprefix("Basic ")) for key in standin.keys)  # it was used
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > 20
    assert not [path for path in written if KEY.encode() in path.read_bytes()]
    assert KEY not in done.stdout + done.stderr + report.stdout + report.stderr
