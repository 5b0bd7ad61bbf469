"""Any .nam that holds a WaveNet is read: ours come back as they were trained, those of others play as they are."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from members import ACTIVATIONS, PRESETS, architectures

from nasamp.architecture import Architecture, Head, Layer, LayerArray, activation
from nasamp.errors import ExportError
from nasamp.export import nam, nam_content, nam_reading, slimmable
from nasamp.export.scale import folded
from nasamp.models import WaveNet


def network(architecture: Architecture, gain: float = 1.5) -> WaveNet:
    torch.manual_seed(0)
    net = WaveNet(architecture)
    with torch.no_grad():
        for weights in net.parameters():
            weights *= gain
    return net.eval()


def content(architecture: Architecture) -> dict[str, Any]:
    held = nam.content(network(architecture), sample_rate=44_100, metadata={"name": "a"})
    return held | {"weights": held["weights"].tolist()}


def read(folder: Path, content: Any) -> tuple[WaveNet, int]:
    path = folder / "a.nam"
    path.write_text(json.dumps(content))
    return nam_reading.read(path)


def plays_the_same(one: WaveNet, other: WaveNet) -> bool:
    x = torch.randn(1, 1, 300, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = one(x)
        return torch.allclose(other(x), expected, rtol=0, atol=2e-6 * float(expected.abs().max() + 1))


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_comes_back_as_the_value_that_it_is(tmp_path, name):
    net, rate = read(tmp_path, content(PRESETS[name]))
    assert (net.architecture.arrays, rate) == (PRESETS[name].arrays, 44_100)
    assert net.architecture.head_scale == pytest.approx(PRESETS[name].head_scale)
    assert plays_the_same(network(PRESETS[name]), net)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(architecture=architectures())
def test_a_random_member_comes_back_and_plays_the_same(tmp_path, architecture):
    try:
        written = content(architecture)
    except ExportError:
        return  # what NAM's engine has not
    assert plays_the_same(network(architecture), read(tmp_path, written)[0])


def legacy(held: dict[str, Any]) -> dict[str, Any]:
    """Return a file as NAM's trainer wrote it before version 0.7.0."""
    arrays = []
    for array in held["config"]["layers"]:
        short = {key: array[key] for key in ("input_size", "condition_size", "channels", "dilations")}
        short |= {"head_size": array["head"]["out_channels"], "head_bias": array["head"]["bias"]}
        arrays.append(short | {"kernel_size": array["kernel_sizes"][0], "activation": "Tanh", "gated": False})
    config = {"layers": arrays, "head": None, "head_scale": held["config"]["head_scale"]}
    return {"version": "0.5.4", "architecture": "WaveNet", "config": config, "weights": held["weights"]}


@pytest.mark.parametrize("name", ["a1_standard", "a1_nano"])
def test_a_file_of_an_early_version_is_read_in_its_own_words(tmp_path, name):
    net, rate = read(tmp_path, legacy(content(PRESETS[name])))
    assert rate == nam_content.USUAL_RATE
    assert plays_the_same(network(PRESETS[name]), net)


def test_of_a_container_the_largest_is_read(tmp_path):
    models = [content(PRESETS[name]) for name in ("a2_lite", "a2_full")]
    net, _ = read(tmp_path, slimmable.container(models, name="both"))
    assert net.architecture.arrays == PRESETS["a2_full"].arrays


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"head": {"channels": 8}}, "config: head is not supported"),
        ({"condition_dsp": {"architecture": "WaveNet"}}, "config: condition_dsp is not supported"),
        ({"in_channels": 2}, "config: in_channels 2 is not supported, only 1"),
        ({"layers": []}, "config: layers: must be a list of layer arrays"),
        ({"layers": {}}, "config: layers: must be a list of layer arrays"),
    ],
)
def test_what_no_member_has_is_refused_by_name(tmp_path, change, words):
    held = content(PRESETS["a1_nano"])
    with pytest.raises(ExportError, match=words):
        read(tmp_path, held | {"config": held["config"] | change})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"head1x1": {"active": True, "out_channels": 2, "groups": 1}}, "head1x1: is not supported"),
        ({"activation": "PReLU"}, "activation: PReLU is not supported"),
        ({"groups_input": 4}, "groups_input: 4 is not supported"),
        ({"channels": 10**9}, "channels: must be a whole number from 1 to 4,096"),
        ({"dilations": [10**12] * 10}, "dilations: must be a whole number from 1"),
        ({"kernel_sizes": [4096] * 23, "channels": 4096, "bottleneck": 4096}, "weights; no plugin plays more than"),
        ({"slimmable": {"method": "slice_channels_uniform"}}, "slimmable: is not supported"),
        ({"new_thing": 1}, "new_thing: is not supported"),
        ({"kernel_size": 3}, "kernel_size: must be given, or kernel_sizes"),
        ({"channels": 5, "bottleneck": 5}, "weights: must be numbers of shape"),
    ],
)
def test_a_layer_array_that_no_member_has_is_refused_by_name(tmp_path, change, words):
    held = content(PRESETS["a2_lite"])
    array = held["config"]["layers"][0] | change
    if "dilations" in change:
        array = {key: value for key, value in array.items() if not isinstance(value, list)} | change
        array |= {"kernel_size": 3, "activation": "Tanh"}
    held["config"]["layers"] = [array]
    with pytest.raises(ExportError, match=words):
        read(tmp_path, held)


def test_a_container_inside_a_container_is_refused(tmp_path):
    inside = slimmable.container([content(PRESETS["a1_nano"])], name="a")
    outside = slimmable.container([content(PRESETS["a1_nano"])], name="b")
    outside["config"]["submodels"][0]["model"] = inside
    with pytest.raises(ExportError, match="a container inside a container"):
        read(tmp_path, outside)


def test_the_fast_tanh_of_nams_engine_is_played_and_close_to_tanh(tmp_path):
    held = content(PRESETS["a1_nano"])
    for array in held["config"]["layers"]:
        array["activation"] = "Fasttanh"
    net, _ = read(tmp_path, held)
    x = torch.randn(1, 1, 300, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        gap = (net(x) - network(PRESETS["a1_nano"])(x)).abs().max()
    assert 1e-6 < gap < 2e-2


@settings(max_examples=40, deadline=None)
@given(architecture=architectures(), scale=st.sampled_from([0.01, 0.3, 7.0]))
def test_a_member_that_was_trained_at_another_level_plays_that_of_the_recording(architecture, scale):
    net = network(architecture)
    x = torch.randn(1, 1, 60, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = net(scale * x) / scale
        found = folded(net, scale)(x)
    assert torch.allclose(found, expected, rtol=0, atol=1e-5 * float(expected.abs().max() + 1e-3))


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("gating", ["none", "gated"])
@pytest.mark.parametrize(("head_scale", "scale"), [(0.02, 0.01), (3.0, 0.3), (3.0, 7.0)])
def test_the_file_of_a_member_that_was_trained_at_another_level_plays_the_recording(
    tmp_path, name, gating, head_scale, scale
):
    gate = None if gating == "none" else activation("Sigmoid")
    layers = tuple(Layer(3, dilation, activation(name), gating, gate) for dilation in (1, 4, 16))
    array = LayerArray(4, 3, layers, "dense", True, Head(1, 4), False, False)
    net = network(Architecture((array,), head_scale))
    nam.write(tmp_path / "a.nam", folded(net, scale), sample_rate=48_000, metadata={})
    written, _ = nam_reading.read(tmp_path / "a.nam")
    x = torch.randn(1, 1, 300, generator=torch.Generator().manual_seed(1)) / scale  # full scale in training
    with torch.no_grad():
        expected, unscaled = net(scale * x) / scale, net(x)
        assert (written(x) - expected).abs().max() < 1e-5 * expected.abs().max()
    assert (unscaled - expected).abs().max() > 1e-2 * expected.abs().max()  # the level matters
