"""The config of each point: equal to what its job will compose, and resolved once for a whole grid of models."""

from pathlib import Path

import hydra
import pytest
from hydra.core.global_hydra import GlobalHydra
from hydra.types import HydraContext, RunMode

from nasamp.errors import ConfigError
from nasamp.schema import Config
from nasamp.schema.checking import changed, check
from nasamp.schema.keys import leaves
from nasamp.search.plan import configs
from nasamp.search.plan.arguments import quote_text
from nasamp.search.plan.planning import make

CONF = str(Path(__file__).parents[1] / "conf")
AXES = ["model.layers=3,4", "seed=1,2", "phase.patience=5,6", "recipe.batch_size=16,48", "data.device=screamer,muff"]


@pytest.fixture
def plan():
    """Return a function that gives the plan of a command."""
    with hydra.initialize_config_dir(CONF, version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        context = HydraContext(config_loader=loader, callbacks=None)

        def planned(*typed: str):
            cfg = loader.load_configuration("config", list(typed), RunMode.MULTIRUN)
            return make(list(typed), cfg, context, is_multirun=True)

        yield planned


def test_the_config_of_a_point_equals_the_one_that_its_job_composes(plan):
    grid = plan(*AXES, "+loss.terms.esr.epsilon=0.1,0.2")
    assert len(grid.points) == 64
    for point in grid.points[::5]:
        composed = hydra.compose("config", ["hydra/sweeper=basic", *point.overrides])
        assert grid.job_config(point, "quick") == check(composed, Config)


@pytest.mark.parametrize("typed", ["export.gear_model=5150,2203", "++search.axes={export.gear_model: [5150, 2203]}"])
def test_digits_stay_text_for_text_keys_on_an_axis_too(plan, typed):
    grid = plan(quote_text(typed, leaves(Config)))
    names = []
    for point in grid.points:
        composed = check(hydra.compose("config", ["hydra/sweeper=basic", *point.overrides]), Config)
        names.append(composed.export.gear_model)
        assert grid.job_config(point, "quick").export == composed.export
    assert names == ["5150", "2203"]


def test_a_grid_of_models_and_seeds_resolves_a_single_config(plan, monkeypatch):
    grid = plan("model.layers=3,4,5,6", "model.channels=4,6,8", "seed=1,2,3")
    seen = []
    monkeypatch.setattr(configs, "check", lambda *args: seen.append(args) or check(*args))
    assert {grid.job_config(point, "quick").model.layers for point in grid.points} == {3, 4, 5, 6}
    assert len(seen) == 1


def test_values_that_do_not_fit_together_are_refused(plan):
    config = plan("seed=1").config
    with pytest.raises(ConfigError, match=r"phase\.validate_every=300: must divide phase\.length"):
        changed(config, {"phase.validate_every": 300})


@pytest.mark.parametrize("typed", [["model.layers=5"], ["model.layers=5,6"], ["model.layers=5", "seed=1,2"]])
@pytest.mark.parametrize("models", ["a2_lite", "a2_full,a2_lite"])
def test_a_key_that_a_preset_sets_for_each_array_is_refused(plan, typed, models):
    with pytest.raises(ConfigError, match=r"^model\.layers: has no effect, since model\.arrays of model=a2_"):
        plan(f"model={models}", *typed)


def test_keys_that_a_preset_leaves_open_are_taken(plan):
    assert {point.costs["channels"] for point in plan("model=a2_lite", "model.channels=4,5").points} == {4, 5}
