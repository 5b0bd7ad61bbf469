"""What was typed, as Hydra reads it and as a shell takes it."""

import shlex
from dataclasses import dataclass
from typing import Annotated

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from nasamp.errors import ConfigError
from nasamp.schema import Config
from nasamp.schema.checking import check
from nasamp.schema.keys import Says, leaves
from nasamp.search.plan import arguments

KNOWN = leaves(Config)
NAMES = st.text(st.sampled_from("a1 =,'\"\\${}()[]:~#é"), min_size=1)


def read(*typed: str) -> OmegaConf:
    """Return what Hydra makes of arguments."""
    cfg = OmegaConf.create({})
    for override in OverridesParser.create().parse_overrides(arguments.for_hydra(typed, KNOWN)):
        OmegaConf.update(cfg, override.key_or_group, override.value())
    return cfg


@given(NAMES)
def test_a_file_may_have_any_name_even_one_with_interpolation_syntax(name):
    name = f"take {name}.wav"  # quotes around all of it are the user's own
    assert read(f"data.input={name}").data.input == name


def test_a_quoted_list_of_files_is_not_interpolated_either():
    quoted = arguments.quote_path("data.input='a ${1}.wav','b.wav'", KNOWN)
    override = OverridesParser.create().parse_override(quoted)
    cfg = OmegaConf.create({"first": next(override.sweep_iterator()).text})
    assert cfg.first == "a ${1}.wav"


@pytest.mark.parametrize("text", ["5150", "007", "200_0", "1e3", "-5", "1.50", "true", "False", "nan", "inf", "plexi"])
def test_text_keys_keep_the_text_as_typed(text):
    assert read(f"search.name={text}").search.name == text
    assert read(f"++export.gear_model={text}").export.gear_model == text
    override = OverridesParser.create().parse_override(arguments.quote_text(f"data.name={text},x", KNOWN))
    assert [str(getattr(value, "text", value)) for value in override.sweep_iterator()] == [text, "x"]


def test_null_stays_null_and_numbers_stay_numbers():
    cfg = read("export.gear_model=null", "seed=5150")
    assert (cfg.export.gear_model, cfg.seed) == (None, 5150)


@dataclass(frozen=True)
class Named:
    """A tree with one text."""

    name: Annotated[str | None, Says("a name")]


def test_digits_in_yaml_are_text_and_values_that_yaml_would_convert_need_quotes():
    assert check(OmegaConf.create("name: 5150"), Named) == Named("5150")
    for text in ("1e3", "yes"):
        with pytest.raises(ConfigError, match="quote a string in YAML"):
            check(OmegaConf.create(f"name: {text}"), Named)


@given(st.lists(NAMES))
def test_a_suggested_command_is_quoted_for_the_shell(typed):
    assert shlex.split(arguments.command(typed, "nasamp.pareto")) == ["python", "-m", "nasamp.pareto", *typed]


@pytest.mark.parametrize("prefix", ["phase.length", "recipe.quick"])
@pytest.mark.parametrize(("typed", "other"), [("epochs", "steps"), ("steps", "epochs")])
def test_a_typed_length_replaces_the_one_in_the_other_unit(prefix, typed, other):
    assert arguments.implied([f"{prefix}.{typed}=5"]) == [f"{prefix}.{other}=null"]
    assert arguments.implied([f"{prefix}.{typed}=null", f"{prefix}.{other}=5"]) == []
