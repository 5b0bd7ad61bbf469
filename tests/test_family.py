"""The network in the config: what its keys mean, which of them fit together, and when two of them are one job."""

from dataclasses import replace

import pytest
from configs import config, model
from members import PRESETS

from nasamp.architecture import Activation, stack
from nasamp.errors import ConfigError
from nasamp.search.jobs import ledger


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_nams_own_shape(name):
    made = config(f"model={name}").model
    assert made.architecture == replace(PRESETS[name], head_scale=1.0)
    assert made.name == name


def test_what_the_arrays_leave_out_comes_from_the_flat_keys():
    made = config(
        "model=a2_lite", "model.activation=Tanh", "model.channels=5", "model.residual=scale"
    ).model.architecture
    (array,) = made.arrays
    assert {layer.activation for layer in array.layers} == {Activation("Tanh")}
    assert (array.channels, array.bottleneck, array.residual) == (5, 5, "scale")


@pytest.mark.parametrize(
    ("settings", "dilations"),
    [
        ({"layers": 5}, [1, 2, 4, 8, 16]),
        ({"layers": 5, "dilation_cycle": 2}, [1, 2, 1, 2, 1]),
        ({"layers": 5, "dilation_cycle": 9}, [1, 2, 4, 8, 16]),
        ({"layers": 5, "dilations": [1, 3, 7]}, [1, 3, 7, 1, 3]),
        ({"layers": 2, "dilations": [1, 3, 7]}, [1, 3]),
        ({"layers": 3, "dilations": [5], "dilation_cycle": 2}, [5, 5, 5]),
    ],
)
def test_dilations_grow_begin_again_or_follow_a_list(settings, dilations):
    (array,) = model(**settings).architecture.arrays
    assert [layer.dilation for layer in array.layers] == dilations


def test_a_mixin_takes_the_place_of_the_input_in_the_skip_sum():
    with_it, without = (model(mixin=mixin).architecture.arrays[0] for mixin in (True, False))
    assert (with_it.mixin, with_it.input_bias, with_it.head_takes_input) == (True, False, False)
    assert (without.mixin, without.input_bias, without.head_takes_input) == (False, True, True)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"name": "mine"},
        {"implementation": "torch"},
        {"dilations": [2**i for i in range(8)]},
        {"dilation_cycle": 8},
        {"dilation_cycle": 30},
        {"bottleneck": 16},
        {"arrays": [{"dilations": [2**i for i in range(8)]}]},
    ],
)
def test_the_same_network_is_the_same_job_however_it_is_said(settings):
    one = config()
    assert model(**settings).architecture == stack(8, 16, 3)
    assert ledger.identity(replace(one, model=model(**settings)), "") == ledger.identity(one, "")


@pytest.mark.parametrize(
    "settings",
    [
        {"activation": "ReLU"},
        {"residual": "scale"},
        {"mixin": True},
        {"gating": "gated"},
        {"head_kernel_size": 2},
        {"dilation_cycle": 7},
        {"dilations": [1, 2, 4]},
    ],
)
def test_another_network_is_another_job(settings):
    one = config()
    assert ledger.identity(replace(one, model=model(**settings)), "") != ledger.identity(one, "")


def test_a_preset_spelled_out_is_the_same_job():
    preset = config("model=a2_full")
    (words,) = preset.model.arrays
    spelled = model(arrays=[words | {"channels": 8, "head": {"out_channels": 1, "kernel_size": 16, "bias": True}}])
    spelled = replace(spelled, activation="LeakyReLU", residual="dense", mixin=True)
    assert ledger.identity(replace(preset, model=spelled), "") == ledger.identity(preset, "")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("model.dilations=[0,1]", r"model\.dilations=\[0, 1\]: must be a list of whole numbers from 1"),
        ("model.dilations=[]", r"model\.dilations=\[\]: must be a list of whole numbers"),
        ("model.dilations=[a]", r"model\.dilations=\['a'\]: must be a list of whole numbers"),
        ("model.dilation_cycle=0", r"model\.dilation_cycle=0: must be 1 to 64"),
        ("model.activation=GELU", r"model\.activation=GELU: must be Tanh, Hardtanh"),
        ("model.gating=blended", r"model\.gating=blended: must be none, gated"),
        ("model.residual=half", r"model\.residual=half: must be identity, scale, dense"),
        ("model.mixin=1", r"model\.mixin=1: must be true or false"),
        ("model.head_kernel_size=0", r"model\.head_kernel_size=0: must be 1 to 1,024"),
        ("model.bottleneck=4", "a bottleneck of 4 for 16 channels needs residual=dense and mixin=true"),
        ("model.layers=null", r"model\.layers=null: must be a whole number where model\.arrays is null"),
        ("model.arrays=[]", r"model\.arrays: must be a list of mappings"),
        ("model.arrays=[3]", r"model\.arrays: must be a list of mappings"),
        ("model.arrays=[{}]", "model.arrays: dilations: must be a list of whole numbers"),
        ("model.arrays=[{dilations:[1],channel:3}]", "model.arrays: channel: is not supported"),
        ("model.arrays=[{dilations:[1],kernel_sizes:[3,3]}]", "kernel_sizes: has 2 values for 1 dilations"),
        ("model.arrays=[{dilations:[1],activation:GELU}]", "activation: GELU is not supported; there are"),
        ("model.arrays=[{dilations:[1],activation:Fasttanh}]", "model: activation=Fasttanh: must be Tanh, Hardtanh"),
        ("model.arrays=[{dilations:[1],head1x1:{active:true}}]", "head1x1: is not supported"),
        ("model.arrays=[{dilations:[1],layer1x1:{active:false}}]", "layer1x1: that is not active is not supported"),
        ("model.arrays=[{dilations:[1],conv_pre_film:{active:true}}]", "conv_pre_film: is not supported"),
        ("model.arrays=[{dilations:[1],groups_input:2}]", "groups_input: 2 is not supported, only 1"),
        ("model.arrays=[{dilations:[1]},{dilations:[1],bottleneck:4,channels:8}]", "array 1: a bottleneck of 4"),
    ],
)
def test_a_network_that_cannot_be_is_one_clear_line(typed, message):
    with pytest.raises(ConfigError, match=message) as raised:
        config(typed)
    assert "\n" not in str(raised.value)
