"""The pure part of a search: points, constraints, survivors, ledger."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import hydra
import pytest

from nasamp.checking import check
from nasamp.errors import ConfigError
from nasamp.schema import Config, Constraints, Model
from nasamp.search import ledger, record
from nasamp.search.phases import Scored, survivors
from nasamp.search.space import Axis, Point, expand

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Searched:
    """As much of a Config as expand reads."""

    model: Model
    search: "Searched.Search"

    @dataclass(frozen=True)
    class Search:
        """The constraints."""

        constraints: Constraints


def axis(key: str, *values: object) -> Axis:
    return Axis(key, values, tuple(f"{key}={value}" for value in values), is_group=False)


def grid(*axes: Axis, limits: tuple = (25.0, 5000, 150_000, None)) -> list[Point]:
    model = Model(_target_="", layers=8, channels=16, kernel_size=3, dilation_base=2, causal=True)
    base = Searched(model, Searched.Search(Constraints(*limits)))
    return expand(axes, {(): (base, 44_100)})


@pytest.mark.parametrize(
    ("layers", "channels", "kernels", "valid"),
    [
        (range(5, 9), (16, 24, 32), (3,), (12, 10)),
        (range(5, 10), (16, 20, 24, 28, 32), (3,), (25, 23)),
        (range(4, 11), (12, 16, 20, 24, 32, 48), (3, 5), (84, 53)),
    ],
)
def test_the_named_searches_have_their_known_numbers_of_points(layers, channels, kernels, valid):
    points = grid(axis("model.kernel_size", *kernels), axis("model.channels", *channels), axis("model.layers", *layers))
    assert (len(points), sum(not point.dropped_because for point in points)) == valid


def test_layers_vary_slowest_and_other_settings_fastest():
    points = grid(axis("seed", 1, 2), axis("model.channels", 16, 24), axis("model.layers", 7, 8))
    assert [point.label for point in points][:3] == ["L7_C16_K3_seed-1", "L7_C16_K3_seed-2", "L7_C24_K3_seed-1"]


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ((5.0, None, None, None), "latency_ms 11.59 > 5.0"),
        ((None, 10_000, None, None), "parameters 6,321 < 10,000"),
        ((None, None, 6000, None), "parameters 6,321 > 6,000"),
        ((None, None, None, 6000), "macs_per_sample 6,176 > 6,000"),
    ],
)
def test_a_dropped_point_says_which_limit_it_breaks(limits, words):
    assert grid(limits=limits)[0].dropped_because == words


def test_the_best_half_goes_on_rounded_down_and_never_nobody():
    points = grid(axis("model.layers", 6, 7, 8, 9, 10), limits=(None,) * 4)
    scored = [Scored(point, score) for point, score in zip(points, (5, 1, 4, 2, 3), strict=True)]
    assert [point.values["model.layers"] for point in survivors(scored, 0.5, "loss")] == [7, 9]
    assert len(survivors(scored, 0.01, "loss")) == 1


def test_survivors_are_chosen_on_the_mean_over_seeds():
    points = grid(axis("model.layers", 7, 8), axis("seed", 1, 2), limits=(None,) * 4)
    scored = [Scored(point, score) for point, score in zip(points, (1, 9, 4, 4), strict=True)]
    assert {point.values["model.layers"] for point in survivors(scored, 0.5, "loss")} == {8}


def test_selection_by_front_keeps_the_cheap_end():
    points = grid(axis("model.channels", 8, 16, 24, 32), limits=(None,) * 4)
    scored = [Scored(point, score) for point, score in zip(points, (0.5, 0.6, 0.2, 0.1), strict=True)]
    assert 8 in {point.values["model.channels"] for point in survivors(scored, 0.5, "front")}
    assert 8 not in {point.values["model.channels"] for point in survivors(scored, 0.5, "loss")}


def test_a_point_keeps_its_id_and_new_points_get_new_ones():
    first = record.Record("a", points=[{"label": "x", "id": 1}, {"label": "y", "id": 2}])
    assert record.numbered(["w", "y", "z", "x"], first) == [3, 2, 4, 1]


def test_reference_models_are_computed_once_for_the_same_samples(monkeypatch):
    asked = []

    def of_all(recordings):
        names = [recording.name for recording in recordings]
        asked.extend(names)
        return dict.fromkeys(names, "new")

    monkeypatch.setattr("nasamp.references.of_all", of_all)
    before = record.Record("a", recordings={"same": "1", "changed": "2"}, references={"same": "old", "changed": "old"})
    now = record.Record("a", recordings={"same": "1", "changed": "3", "added": "4"})
    done = record.with_references(now, [SimpleNamespace(name=name) for name in now.recordings], before)
    assert asked == ["changed", "added"]
    assert done.references == {"same": "old", "changed": "new", "added": "new"}


def test_a_job_that_raises_is_failed_and_one_that_is_killed_is_torn(tmp_path):
    with pytest.raises(ZeroDivisionError), ledger.attempt(tmp_path, "id"):
        raise ZeroDivisionError
    assert ledger.state(tmp_path, "id") == "failed"
    assert "ZeroDivisionError" in ledger.read(tmp_path / ledger.ERROR)["error"]
    killed = ledger.attempt(tmp_path, "id")
    killed.__enter__()
    assert (ledger.state(tmp_path, "id"), ledger.tries(tmp_path)) == ("torn", 1)


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


def test_other_settings_are_refused_only_where_results_stand_that_they_cannot_be_compared_with(tmp_path):
    before = record.Record("a", settings={"quick": {"seed": 1}})
    now = record.Record("a", settings={"quick": {"seed": 2}})
    assert record.merged(before, now, tmp_path).settings == now.settings
    ledger.finish(tmp_path / "quick" / "L5", "id", {})
    with pytest.raises(ConfigError, match="seed: 1 -> 2"):
        record.merged(before, now, tmp_path)


def test_a_job_is_the_same_wherever_it_lies_and_runs():
    config = composed("launcher=joblib", "trainer.accelerator=cpu", "data.cache=/elsewhere", "search.name=other")
    assert ledger.identity(config, "recording") == ledger.identity(composed(), "recording")
    assert ledger.identity(composed("trainer.precision=bf16-mixed"), "recording") != ledger.identity(
        config, "recording"
    )


def composed(*overrides: str) -> Config:
    with hydra.initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = hydra.compose("config", [*overrides, "hydra/sweeper=basic"], return_hydra_config=False)
        return check(cfg, Config)
