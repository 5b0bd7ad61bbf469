"""A search measures each architecture once, with nothing else running, and drops those that are too slow."""

import json

import pytest
import yaml

from nasamp.architecture import stack
from nasamp.benchmark import engines
from nasamp.cost import measured

GRID = [
    "-m",
    "model.layers=2,3",
    "model.channels=2",
    "data.seconds=12",
    "logger=none",
    "search.name=tiny",
    "phase=smoke_full",
]
FAST = [
    "recipe.smoke.steps=2",
    "recipe.smoke_full.steps=4",
    "phase.validate_every=2",
    "benchmark.seconds=0.1",
    "trainer.accelerator=cpu",
]


def key(layers: int) -> str:
    return measured.key(
        stack(layers, 2, 3), engines.chosen("auto"), blocks=[64, 128, 512], seconds=0.1, sample_rate=44_100
    )


def test_a_point_slower_than_the_limit_is_dropped_with_its_number(nasamp, tmp_path):
    speeds = {key(2): {"rtf_mean": 0.04, "rtf_engine": "E"}, key(3): {"rtf_mean": 0.06, "rtf_engine": "E"}}
    measured.write(tmp_path / "results" / "tiny", speeds)
    done = nasamp(*GRID, *FAST, "search.constraints.max_rtf=0.05", "search.dry_run=true")
    assert done.returncode == 0, done.stderr
    assert "1 of 2 points valid" in done.stdout and "rtf_mean 0.060 > 0.05 (E)" in done.stdout
    assert "measuring" not in done.stdout  # all is known


def test_a_dry_run_measures_and_keeps_nothing(nasamp, tmp_path):
    done = nasamp(*GRID, *FAST, "search.constraints.max_rtf=0", "search.dry_run=true")
    assert "measuring the speed of 2 architectures, alone: onnxruntime" in done.stdout
    assert "0 of 2 points valid" in done.stdout
    assert not list(tmp_path.iterdir())


@pytest.mark.long
def test_a_phase_with_benchmark_measures_before_its_jobs_which_take_the_numbers(nasamp, tmp_path):
    done = nasamp(*GRID, *FAST)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("measuring the speed of 2 architectures") == 1
    known = measured.read(tmp_path / "results" / "tiny")
    results = [json.loads(path.read_text()) for path in sorted(tmp_path.glob("results/tiny/smoke_full/*/result.json"))]
    assert [result["rtf_mean"] for result in results] == [known[key(layers)]["rtf_mean"] for layers in (2, 3)]


@pytest.mark.long
def test_a_search_by_measured_cost_trains_reports_and_goes_on_by_it(nasamp, tmp_path):
    speeds = {key(2): {"rtf_mean": 0.06, "rtf_engine": "E"}, key(3): {"rtf_mean": 0.04, "rtf_engine": "E"}}
    folder = tmp_path / "results" / "tiny"
    measured.write(folder, speeds)
    grid = [*GRID[:-1], "phase=smoke", *FAST]
    assert nasamp(*grid, "search.cost=measured").returncode == 0
    results = [json.loads(path.read_text()) for path in sorted(folder.glob("smoke/*/result.json"))]
    assert [result["rtf_mean"] for result in results] == [0.06, 0.04]  # though the phase measures nothing
    search = yaml.safe_load((folder / "search.yaml").read_text())
    assert (search["cost"], [point["rtf_mean"] for point in search["points"]]) == ("measured", [0.06, 0.04])
    again = nasamp(*grid)
    assert "was begun with search.cost=measured and keeps it" in again.stdout and "2 done before" in again.stdout
    assert yaml.safe_load((folder / "search.yaml").read_text())["cost"] == "measured"
    reported = nasamp(f"runs={folder}", "source=results", module="nasamp.pareto")
    assert reported.returncode == 0, reported.stderr
    assert "real-time factor, mean (lower is better)" in (folder / "summary.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("search.cost=flops", "search.cost=flops: must be macs, measured"),
        ("search.constraints.max_rtf=-1", "search.constraints.max_rtf=-1: must be at least 0"),
        ("search.constraints.max_rtf=fast", "search.constraints.max_rtf=fast: must be a number or null"),
    ],
)
def test_a_wrong_limit_is_refused(nasamp, tmp_path, argument, words):
    done = nasamp(*GRID, argument)
    assert words in done.stderr and done.returncode == 2
    assert not list(tmp_path.iterdir())
