"""A search over several recordings and seeds: what is refused, and what comes out."""

import json

import pandas as pd
import pytest

DRY = ["search.dry_run=true", "model.layers=3,4", "model.channels=4"]


@pytest.fixture
def two_amps(mesa, tmp_path):
    """Return the folder with a user's own YAML of two recordings, both from files named output.flac."""
    folder = tmp_path / "mine" / "data"
    folder.mkdir(parents=True)
    dry, wet = mesa
    for name in ("amp1", "amp2"):
        text = f"defaults: [recording]\nname: {name}\ninput: {dry}\noutput: {wet}\nseconds: 12\n"
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    return folder


def test_recordings_of_the_users_own_folder_are_an_axis(two_amps, nasamp):
    done = nasamp("-m", "--config-dir", str(two_amps.parent), "data=amp1,amp2", *DRY)
    assert done.returncode == 0, done.stderr
    assert "search_002_L3_C4_K3_data-amp2" in done.stdout and "4 of 4 points valid" in done.stdout


def test_two_recordings_of_one_name_are_refused_before_anything_is_written(two_amps, nasamp, tmp_path):
    path = two_amps / "amp2.yaml"
    path.write_text(path.read_text("utf-8").replace("name: amp2", "name: amp1").replace("12", "13"), "utf-8")
    done = nasamp("-m", "--config-dir", str(two_amps.parent), "data=amp1,amp2", *DRY[1:])
    assert done.returncode == 2
    assert "data: 2 different recordings are named amp1; give each a data.name of its own" in done.stderr
    assert not (tmp_path / "results").exists()


GRID = ["-m", "data.device=screamer,overdrive", "seed=1,2", "model.layers=3,4", "model.channels=4", "schedule=smoke"]
FAST = [
    "search.name=both",
    "data.seconds=12",
    "recipe.smoke.steps=6",
    "recipe.smoke_full.steps=9",
    "phase.validate_every=3",
]
QUICK = ["benchmark.seconds=0.1", "benchmark.engine=torch", "trainer.accelerator=cpu"]


@pytest.mark.long
def test_a_search_over_recordings_and_seeds_by_the_real_program(tmp_path, nasamp):
    done = nasamp(*GRID, *FAST, *QUICK)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "results" / "both"
    results = [json.loads(path.read_text("utf-8")) for path in folder.glob("*/*/result.json")]
    scanned, trained = ([row for row in results if row["phase"] == phase] for phase in ("smoke", "smoke_full"))
    assert (len(scanned), len(trained)) == (8, 4)
    survivors = means(scanned).groupby("recording")["val_esr"].idxmin()
    assert set(means(trained).index) == set(survivors)
    assert nasamp("runs=results/both", module="nasamp.pareto").returncode == 0
    front = pd.read_csv(folder / "pareto_frontier.csv").set_index(["recording", "candidate"])
    expected = means(trained)["val_esr"]
    assert front["val_esr"].to_dict() == pytest.approx(expected.to_dict(), rel=1e-12)
    assert set(front["seeds"]) == {2}
    assert len(pd.read_csv(folder / "all_results.csv")) == 12
    plots = {path.name for path in folder.glob("*.png")}
    assert {"quality_vs_params_screamer.png", "quality_vs_params_overdrive.png"} < plots
    assert "quality_vs_params.png" not in plots
    report = (folder / "summary.md").read_text("utf-8")
    titles = [line for line in report.splitlines() if line.startswith("## ")]
    assert titles[:3] == ["## Which architectures are on the fronts most often", "## overdrive", "## screamer"]


def means(rows):
    """Return the mean over the seeds of each recording and candidate, from the results themselves."""
    table = pd.DataFrame(rows).assign(candidate=lambda rows: rows["name"].str.extract(r"_(L.*?)_device", expand=False))
    return table.groupby(["recording", "candidate"])[["val_esr"]].mean()
