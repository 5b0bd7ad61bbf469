"""A whole small search by the real program: trained, tracked in W&B's files, read back, reported."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
import torch
import wandb
from browser import browsing
from conftest import ROOT
from omegaconf import OmegaConf
from test_model import read_vox

from nasamp import tracking
from nasamp.architecture import stack
from nasamp.audio import clip
from nasamp.export import playable
from nasamp.models import WaveNet
from nasamp.search import search_file
from nasamp.training import curve

GRID = ["-m", "model.layers=3,4", "model.channels=4,6", "schedule=smoke", "search.name=tiny", "data.seconds=12"]
FAST = [
    "recipe.smoke.steps=6",
    "recipe.smoke_full.steps=9",
    "phase.validate_every=3",
    "callbacks.benchmark.seconds=0.1",
    "trainer.accelerator=cpu",
]


@pytest.fixture(scope="module")
def search(tmp_path_factory, program):
    """Return the folder and the output of one search, run once for all tests of this file."""
    folder = tmp_path_factory.mktemp("search")
    return folder / "results" / "tiny", program(folder, *GRID, *FAST)


def test_all_points_are_scanned_and_the_half_of_the_front_goes_on(search):
    folder, done = search
    assert done.returncode == 0, done.stderr
    scanned = {path.parent.name: json.loads(path.read_text()) for path in folder.glob("smoke/*/result.json")}
    trained = {path.parent.name for path in folder.glob("smoke_full/*/result.json")}
    assert len(scanned) == 4
    prices = {name: (row["val_esr"], row["macs_per_sample"]) for name, row in scanned.items()}
    front = {name for name, (esr, macs) in prices.items() if not any(e < esr and m < macs for e, m in prices.values())}
    assert min(prices, key=prices.get) in trained and len(trained) == 2
    assert trained <= front or front <= trained
    assert f"results are in {Path('results/tiny')}" in done.stdout


def test_a_survivor_goes_on_from_its_checkpoint(search):
    logs = [path.read_text() for path in search[0].glob("smoke_full/*/train.log")]
    assert len(logs) == 2
    assert all("starts at step 3 of" in log for log in logs)


def test_the_same_command_trains_nothing_twice(search, program):
    folder, _ = search
    before = {path: path.stat().st_mtime_ns for path in folder.glob("*/*/result.json")}
    again = program(folder.parents[1], *GRID, *FAST)
    assert again.returncode == 0, again.stderr
    assert {path: path.stat().st_mtime_ns for path in folder.glob("*/*/result.json")} == before


def test_a_dry_run_estimates_the_time_from_finished_jobs(search, program):
    done = program(search[0].parents[1], *GRID, *FAST, "search.dry_run=true")
    assert "time: about" in done.stdout


@pytest.mark.long
def test_other_settings_are_refused_with_the_difference_or_get_their_own_folder(search, tmp_path, nasamp):
    shutil.copytree(search[0].parent, tmp_path / "results")
    other = [*GRID, *FAST, "recipe.learning_rate=0.02", "model.layers=3", "model.channels=4"]
    refused = nasamp(*other)
    assert refused.returncode == 2
    assert "recipe.learning_rate: 0.001 -> 0.02; search.on_change=new" in refused.stderr
    new = nasamp(*other, "search.on_change=new")
    assert new.returncode == 0, new.stderr
    assert f"results are in {Path('results/tiny-2')}" in new.stdout
    assert not list((tmp_path / "results" / "tiny").glob("*/*/running"))


def test_wandb_files_hold_the_results_and_agree_with_wandbs_own_reader(search):
    folder, _ = search
    rows = {(row["name"], row["phase"]): row for row in tracking.read_runs(folder)}
    assert len(rows) == 6
    core = Path(wandb.__file__).parent / "bin" / "wandb-core"
    for path in folder.rglob("run-*.wandb"):
        command = [core, "leet", "inspect", "--summary", "--json", "--run-file", path, path.parent]
        official = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        ours = tracking.read_run(path)
        assert ours["summary"]["val/esr"] == official["summary"]["val/esr"]
        assert ours["config"]["parameters"] == official["config"]["parameters"]
        assert ours["config"]["recording_facts"] == search_file.read(folder).recordings[ours["config"]["recording"]]
        row = rows[ours["name"], ours["job_type"]]
        result = json.loads((folder / row["phase"] / row["name"] / "result.json").read_text())
        assert row["status"] == "finished"
        assert {column: row[column] for column in ("val_esr", "val_mrstft", "latency_ms", "rtf_mean", "id")} == {
            column: result.get(column) for column in ("val_esr", "val_mrstft", "latency_ms", "rtf_mean", "id")
        }


def test_status_shows_what_is_done_and_what_would_go_on(search, nasamp):
    done = nasamp(f"runs={search[0]}", module="nasamp.status")
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["smoke", "4", "4", "0", "0", "0", "0"] in rows and ["smoke_full", "2", "2", "0", "0", "0", "0"] in rows
    assert done.stdout.endswith("all jobs are done\n")


@pytest.mark.parametrize("share", [0.4, 0.5, 0.9])
def test_a_truncated_wandb_file_gives_what_was_written(search, tmp_path, share):
    path = sorted(search[0].rglob("run-*.wandb"))[0]
    torn = tmp_path / path.name
    torn.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    assert tracking.read_runs(tmp_path)[0]["status"] == "running"


def test_the_pareto_app_needs_only_the_wandb_files(search, tmp_path, nasamp):
    shutil.copytree(search[0], tmp_path / "tiny")
    for result in (tmp_path / "tiny").glob("*/*/result.json"):
        result.unlink()
    done = nasamp("runs=tiny", module="nasamp.pareto")
    assert done.returncode == 0, done.stderr
    written = {path.name for path in (tmp_path / "tiny").iterdir() if path.is_file()}
    tables = {"phase1_results.csv", "phase2_results.csv", "all_results.csv", "pareto_frontier.csv"}
    plots = {f"quality_vs_{what}.png" for what in ("latency", "params", "cpu_rtf")}
    assert written >= {"report.html", "summary.md"} | tables | plots | {"latency_vs_params.png", "pareto_3d.png"}
    assert set(pd.read_csv(tmp_path / "tiny" / "pareto_frontier.csv")["phase"]) == {"smoke_full"}
    before = tracking.read_runs(search[0])
    assert len(tracking.read_runs(tmp_path / "tiny")) == len(before)  # the analysis is a run too, but no job
    (run,) = [run for run in read_all(tmp_path / "tiny") if run["job_type"] == "pareto"]
    assert (run["group"], run["project"], run["exit_code"]) == ("tiny", "nasamp", 0)
    assert run["summary"]["on_front"] == len(pd.read_csv(tmp_path / "tiny" / "pareto_frontier.csv"))
    assert nasamp("runs=tiny", module="nasamp.pareto").returncode == 0
    assert len([run for run in read_all(tmp_path / "tiny") if run["job_type"] == "pareto"]) == 1  # instead of the first


@pytest.mark.long
def test_the_page_of_a_real_search_opens_with_sound_and_curves(search, tmp_path, nasamp):
    shutil.copytree(search[0], tmp_path / "tiny")
    assert nasamp("runs=tiny", module="nasamp.pareto").returncode == 0
    with browsing() as browser:
        browser.open(tmp_path / "tiny" / "report.html")
        browser.until(lambda: browser.run("return document.getElementById('player').readyState") == 4)
        assert browser.run("return document.getElementById('player').duration") == pytest.approx(1.2, abs=0.01)
        assert browser.run("return document.getElementById('curves-plot').data.length") == 6
        assert "python -m nasamp -m model.layers=3,4" in browser.find("#command").text
        assert browser.complaints() == []


def read_all(folder):
    return [tracking.read_run(path) for path in folder.rglob("run-*.wandb")]


def test_wandbs_own_program_shows_the_runs_as_documented(search):
    (line,) = [line for line in (ROOT / "docs" / "wandb.md").read_text().splitlines() if "leet inspect" in line]
    command = [sys.executable, "-m", *line.replace("results/poc", str(search[0])).split()]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "val/esr" in done.stdout and "macs_per_sample" in done.stdout


def test_the_summary_keeps_the_best_of_each_metric_and_the_config_is_ready_for_parallel_coordinates(search):
    for run in read_all(search[0]):
        losses = pd.read_csv(search[0] / run["job_type"] / run["name"] / curve.FILE)["train/loss"]
        assert run["summary"]["train/loss"] == {"min": pytest.approx(losses.min(), rel=1e-6)}
        plain = {key for key, value in run["config"].items() if isinstance(value, int | float | str)}
        assert plain >= {"layers", "channels", "kernel_size", "parameters", "macs_per_sample", "recording", "seed"}


@pytest.mark.long
def test_both_sources_give_the_same_table(search, tmp_path, nasamp):
    for source in ("wandb", "results"):
        arguments = [f"runs={search[0]}", f"source={source}", f"output={tmp_path / source}"]
        assert nasamp(*arguments, module="nasamp.pareto").returncode == 0
    tables = [
        pd.read_csv(tmp_path / source / "all_results.csv").sort_values(["phase", "id"])
        for source in ("wandb", "results")
    ]
    pd.testing.assert_frame_equal(tables[0].reset_index(drop=True), tables[1].reset_index(drop=True))


def test_the_vox_json_plays_real_audio_as_the_best_checkpoint_does(search, mesa):
    path = next(search[0].glob("smoke_full/*/search_*.json"))
    document = json.loads(path.read_text())
    shape = document["architecture"]
    net = WaveNet(stack(layers=shape["num_layers"], channels=shape["channels"], kernel_size=shape["kernel_size"]))
    state = torch.load(path.parent / "best.ckpt", weights_only=True)["state_dict"]
    net.load_state_dict({key.removeprefix("net."): value for key, value in state.items() if key.startswith("net.")})
    x, _ = soundfile.read(mesa[0], start=1_000_000, frames=100_000, dtype="float32")
    with torch.no_grad():
        expected = net(torch.from_numpy(x)[None, None])[0, 0].numpy()
    assert np.sqrt(np.mean(x**2)) > 0.01
    assert np.abs(read_vox(document, x) - expected).max() < 1e-5


def test_a_job_leaves_a_clip_of_the_test_part_that_its_own_model_plays(search):
    for folder in search[0].glob("smoke_full/*/"):
        recorded, model = clip.read(folder / clip.FILE), playable.load(folder)
        with torch.no_grad():
            played = model.net(torch.from_numpy(recorded.input)[None, None])[0, 0].numpy()
        known = model.net.receptive_field  # before it, the file does not say what was played
        assert np.abs(played - recorded.model)[known:].max() < 1e-5
        assert recorded.sample_rate == 44_100 and 0 < len(recorded.target) <= 8 * 44_100
    assert not list(search[0].glob(f"smoke/*/{clip.FILE}"))


def test_a_job_leaves_its_curve_whose_lowest_esr_is_the_result(search):
    for result in search[0].glob("*/*/result.json"):
        esrs = [row["val/esr"] for row in curve.read(result.parent) if row["step"] > 0 and row["epoch"] >= 0]
        assert min(esrs) == pytest.approx(json.loads(result.read_text())["val_esr"], rel=1e-6)


@pytest.mark.long
@pytest.mark.parametrize(("layers", "channels"), [(3, 4), (4, 6)])
def test_a_job_among_others_equals_the_same_job_alone(search, tmp_path, nasamp, layers, channels):
    folder, _ = search
    among = json.loads(next(folder.glob(f"smoke/*L{layers}_C{channels}*/result.json")).read_text())
    line = [f"model.layers={layers}", f"model.channels={channels}", "phase=smoke", "data.seconds=12", "logger=none"]
    assert nasamp(*line, *FAST).returncode == 0
    alone = json.loads(next(tmp_path.glob("results/single/smoke/*/result.json")).read_text())
    for column in ("val_esr", "val_loss", "val_mae", "val_mrstft"):
        assert alone[column] == among[column]


def test_search_yaml_describes_the_search(search):
    content = OmegaConf.load(search[0] / "search.yaml")
    assert content.phases == [{"phase": "smoke", "keep": 0.5}, {"phase": "smoke_full"}]
    assert [point.id for point in content.points] == [1, 2, 3, 4]
    assert len(content.recordings.screamer.digest) == 16
