"""A phase is one YAML file, its own or the user's; the recipe may say how long it trains."""

from pathlib import Path

import hydra
import pytest

from nasamp.errors import ConfigError
from nasamp.schema import Config, Length
from nasamp.schema.checking import check

CONF = Path(__file__).parents[1] / "conf"
OWN = {
    "long": "defaults: [full]\nname: long\nlength: {epochs: null, steps: 20000}\n",
    "paced": "# @package _global_\ndefaults: [quick@phase]\nphase: {name: paced, pace: paced}\n"
    "recipe: {paced: {epochs: null, steps: 600, validate_every: 60, patience: 9, decay_share: 0.5}}\n",
}


@pytest.fixture
def composed(tmp_path):
    """Return a function that gives the checked config of a command, with phases of the user's own."""
    (tmp_path / "phase").mkdir()
    for name, text in OWN.items():
        (tmp_path / "phase" / f"{name}.yaml").write_text(text)

    def of(*typed: str) -> Config:
        with hydra.initialize_config_dir(str(CONF), version_base="1.3"):
            line = ["hydra/sweeper=basic", f"hydra.searchpath=[{tmp_path}]", *typed]
            return check(hydra.compose("config", line), Config)

    return of


def test_a_phase_of_ones_own_keeps_what_it_does_not_say(composed):
    phase = composed("phase=long").phase
    assert phase.length == Length(epochs=None, steps=20_000)
    assert (phase.name, phase.validate_every, phase.export) == ("long", 200, True)


def test_a_phase_may_bring_its_own_pace(composed):
    assert composed("phase=paced").phase.length.steps == 600
    assert composed("phase=paced", "recipe.paced.steps=60", "recipe=original").phase.length.steps == 60


@pytest.mark.parametrize("recipe", ["fast", "original"])
@pytest.mark.parametrize("phase", sorted(path.stem for path in (CONF / "phase").glob("*.yaml")))
def test_every_phase_is_as_long_as_the_recipe_says(composed, phase, recipe):
    config = composed(f"phase={phase}", f"recipe={recipe}")
    pace = config.recipe.paces[phase]
    assert config.phase.length == Length(pace.epochs, pace.steps)
    assert (config.phase.validate_every, config.phase.patience) == (pace.validate_every, pace.patience)
    assert config.phase.decay_share == pace.decay_share


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("recipe.quick.steps=0", r"recipe\.quick\.steps=0: must be 1 to 100,000,000"),
        ("recipe.paced.patience=no", r"recipe\.paced\.patience=no: must be a whole number"),
        ("+recipe.quick.stps=3", r"recipe\.quick has no 'stps'; did you mean 'steps'"),
        ("+recipe.nmae=x", r"recipe has no 'nmae'; did you mean 'name'"),
        ("+recipe.mine.steps=3", r"recipe\.mine\.epochs: is required"),
    ],
)
def test_a_wrong_pace_is_named(composed, typed, message):
    with pytest.raises(ConfigError, match=message):
        composed("phase=paced", typed)
