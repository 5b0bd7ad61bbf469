"""The recipes of conf/recipe, for tests that train without the program."""

from dataclasses import replace
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from nasamp.schema import Length, Phase, Recipe
from nasamp.schema.checking import check

FOLDER = Path(__file__).parents[1] / "conf" / "recipe"


def recipe(name="original", **changes):
    """Return a recipe as the YAML has it, but for some fields."""
    layers = [OmegaConf.load(FOLDER / f"{each}.yaml") for each in dict.fromkeys(("original", name))]
    tree = OmegaConf.merge(*layers)
    assert isinstance(tree, DictConfig)
    tree.pop("defaults", None)
    return replace(check(tree, Recipe), **changes)


def phase(*, epochs=None, steps=None, validate_every=1, decay_share=0.0):
    """Return a phase of some length without benchmark and exports."""
    return Phase(
        "smoke", "smoke", Length(epochs, steps), validate_every, 1000, decay_share, export=False, benchmark=False
    )
