"""Other ways to train, by the real program: several jobs at a time, and a model that looks ahead."""

import json

import pytest
from test_whole_search import FAST


@pytest.mark.long
def test_joblib_runs_as_many_jobs_as_fit_and_prints_each_as_it_ends(tmp_path, nasamp):
    line = ["-m", "model.layers=3", "model.channels=4,6", "phase=smoke", "data.seconds=12", "logger=none"]
    done = nasamp(*line, *FAST, "launcher=joblib")
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("results/custom/smoke/*/result.json"))) == 2
    assert "at a time (cores: " in done.stdout
    assert [line.split()[1] for line in done.stderr.splitlines() if line.startswith("smoke ")] == ["1/2", "2/2"]


@pytest.mark.long
def test_a_model_that_looks_ahead_trains_without_benchmark_and_export(tmp_path, nasamp):
    line = [
        "model.layers=3",
        "model.channels=4",
        "model.causal=false",
        "phase=smoke_full",
        "data.seconds=12",
        "logger=csv",
    ]
    done = nasamp(*line, *FAST)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "results/single/smoke_full/L3_C4_K3"
    result = json.loads((folder / "result.json").read_text())
    assert "rtf_mean" not in result and "vox_json" not in result
    assert "cannot be played live" in (folder / "train.log").read_text()
    assert "val/esr" in (folder / "metrics.csv").read_text()
