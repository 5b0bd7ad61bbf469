"""The points of a search: their number, order, costs and limits; and who goes on to the next phase."""

from dataclasses import dataclass, replace

import pytest
from configs import PLAIN

from nasamp.schema import Constraints, Model
from nasamp.schema.search import Measure
from nasamp.search.phases import Scored, survivors
from nasamp.search.plan.axes import Axis
from nasamp.search.plan.space import Point, expand

HALF = {"keep": 0.5}


@dataclass(frozen=True)
class Searched:
    """As much of a Config as expand reads."""

    model: Model
    search: "Searched.Search"

    @dataclass(frozen=True)
    class Search:
        """The constraints, and the measure of the cost."""

        constraints: Constraints
        cost: Measure = "macs"


def axis(key: str, *values: object) -> Axis:
    return Axis(key, values, tuple(f"{key}={value}" for value in values), is_group=False)


def grid(*axes: Axis, limits: tuple = (25.0, 5000, 150_000, None)) -> list[Point]:
    base = Searched(PLAIN, Searched.Search(Constraints(*limits, max_rtf=None)))
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
    ("names", "labels"),
    [
        ({"wavenet": None, "a2_lite": "a2_lite"}, ["L8_C16_K3", "a2_lite"]),
        ({"wavenet": None, "mine": None, "a2": "a2"}, ["L8_C16_K3_model-wavenet", "L8_C16_K3_model-mine", "a2"]),
        ({"wavenet": None}, ["L8_C16_K3_model-wavenet"]),
    ],
)
def test_the_label_of_a_model_states_its_option_only_where_several_have_no_name(names, labels):
    searched = Searched.Search(Constraints(None, None, None, None, max_rtf=None))
    bases = {(option,): (Searched(replace(PLAIN, name=own), searched), 44_100) for option, own in names.items()}
    points = expand([replace(axis("model", *names), is_group=True)], bases)
    assert [point.label for point in points] == [point.candidate for point in points] == labels


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ((5.0, None, None, None), "latency_ms 11.59 > 5.0"),
        ((None, 10_000, None, None), "parameters 6,321 < 10,000"),
        ((None, None, 6000, None), "parameters 6,321 > 6,000"),
        ((None, None, None, 6000), "macs_per_sample 6,176 > 6,000"),
    ],
)
def test_a_dropped_point_names_the_limit_that_it_violates(limits, words):
    assert grid(limits=limits)[0].dropped_because == words


def test_the_best_half_goes_on_rounded_down_but_at_least_one():
    points = grid(axis("model.layers", 6, 7, 8, 9, 10), limits=(None,) * 4)
    scored = [Scored(point, score) for point, score in zip(points, (5, 1, 4, 2, 3), strict=True)]
    assert [point.values["model.layers"] for point in survivors(scored, HALF, "loss", "macs_per_sample")] == [7, 9]
    assert len(survivors(scored, {"keep": 0.01}, "loss", "macs_per_sample")) == 1
    assert len(survivors(scored, HALF | {"at_least": 4}, "loss", "macs_per_sample")) == 4
    assert len(survivors(scored, HALF | {"at_least": 9}, "loss", "macs_per_sample")) == 5


def test_survivors_are_chosen_on_the_mean_over_seeds():
    points = grid(axis("model.layers", 7, 8), axis("seed", 1, 2), limits=(None,) * 4)
    scored = [Scored(point, score) for point, score in zip(points, (1, 9, 4, 4), strict=True)]
    assert {point.values["model.layers"] for point in survivors(scored, HALF, "loss", "macs_per_sample")} == {8}


def test_the_name_of_a_candidate_has_no_recording_and_no_seed():
    axes = [axis("seed", 1, 2), axis("data.device", "muff"), axis("model.layers", 7), axis("recipe.batch_size", 4)]
    base = Searched(PLAIN, Searched.Search(Constraints(*(None,) * 5)))
    points = expand(axes, {("muff",): (base, 44_100)})
    assert {point.candidate for point in points} == {"L7_C16_K3_batch_size-4"}
    assert {point.task for point in points} == {("muff",)}
    assert points[1].label == "L7_C16_K3_seed-2_device-muff_batch_size-4"


def test_selection_by_front_keeps_the_cheapest_models():
    points = grid(axis("model.channels", 8, 16, 24, 32), limits=(None,) * 4)
    scored = [Scored(point, score) for point, score in zip(points, (0.4, 0.6, 0.2, 0.1), strict=True)]
    assert 8 in {point.values["model.channels"] for point in survivors(scored, HALF, "front", "macs_per_sample")}
    assert 8 not in {point.values["model.channels"] for point in survivors(scored, HALF, "loss", "macs_per_sample")}


def test_selection_by_front_keeps_the_best_even_if_it_adds_little_hypervolume():
    points = grid(axis("model.channels", 8, 16, 24, 32), limits=(None,) * 4)
    scored = [Scored(point, score) for point, score in zip(points, (0.5, 0.4, 0.1, 0.0999), strict=True)]
    assert survivors(scored, HALF, "front", "macs_per_sample")[0].values["model.channels"] == 32
    same = [Scored(point, 0.1) for point in points]
    assert survivors(same, HALF, "front", "macs_per_sample")[0].values["model.channels"] == 8
