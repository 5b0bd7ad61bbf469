"""The ONNX graph plays block by block what PyTorch streams."""

from dataclasses import replace
from typing import get_args, get_type_hints

import numpy as np
import onnx as onnx_package
import onnxruntime
import pytest
import torch
from hypothesis import given, settings
from members import PRESETS, architectures
from networks import network

from nasamp.architecture import Activation, Architecture, stack
from nasamp.architecture import activation as named
from nasamp.errors import ExportError
from nasamp.export import onnx, onnx_graph
from nasamp.models import WaveNet
from nasamp.models.streaming import Stream
from nasamp.schema import Model

SHAPES = [(1, 1, 1, 2), (2, 3, 1, 2), (3, 4, 3, 2), (4, 5, 5, 1), (3, 2, 4, 3), (8, 16, 3, 2)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("block", [1, 64, 1000])
def test_onnxruntime_plays_what_pytorch_streams(shape, block):
    net = network(**dict(zip(("layers", "channels", "kernel_size", "dilation_base"), shape, strict=True)))
    ours, theirs = Stream(net), onnx.Player(net)
    for _ in range(5):
        x = torch.rand(1, 1, block) - 0.5
        assert np.abs(theirs.process(x.numpy()) - ours.process(x).numpy()).max() < 1e-5


@settings(max_examples=40, deadline=None)
@given(architecture=architectures())
def test_onnxruntime_plays_every_member_of_the_family(architecture):
    plays_the_same(WaveNet(architecture).eval())


@pytest.mark.parametrize("name", ["a1_nano", "a2_lite"])
@pytest.mark.parametrize("activation", get_args(get_type_hints(Model)["activation"]))
def test_onnxruntime_plays_nams_own_networks_with_every_activation(name, activation):
    arrays = [
        replace(array, layers=tuple(replace(layer, activation=named(activation)) for layer in array.layers))
        for array in PRESETS[name].arrays
    ]
    plays_the_same(WaveNet(replace(PRESETS[name], arrays=tuple(arrays))).eval())


def plays_the_same(net: WaveNet) -> None:
    ours, theirs = Stream(net), onnx.Player(net)
    for block in (1, 64):
        x = torch.rand(1, 1, block) - 0.5
        assert np.abs(theirs.process(x.numpy()) - ours.process(x).numpy()).max() < 1e-5


def test_an_activation_that_onnx_lacks_is_refused_by_name():
    (array,) = stack(2, 2, 3).arrays
    layers = tuple(replace(layer, activation=Activation("Fasttanh")) for layer in array.layers)
    with pytest.raises(ExportError, match="ONNX: has no activation Fasttanh"):
        onnx_graph.graph(WaveNet(Architecture((replace(array, layers=layers),))), sample_rate=44_100)


def test_an_onnx_file_starts_from_a_state_of_zeros(tmp_path):
    net = network(layers=3, channels=4, kernel_size=3)
    onnx.write(tmp_path / "a.onnx", net, sample_rate=44_100)
    model = onnx_package.load(tmp_path / "a.onnx")
    assert [(each.domain, each.version) for each in model.opset_import] == [("", 17)]
    assert {each.key: each.value for each in model.metadata_props} == {"sample_rate": "44100", "receptive_field": "15"}
    session = onnxruntime.InferenceSession(tmp_path / "a.onnx")
    names = [each.name for each in session.get_inputs()[1:]]
    states = [np.zeros(each.shape, np.float32) for each in session.get_inputs()[1:]]
    signal = (np.random.default_rng(0).random((1, 1, 200), np.float32) - 0.5) * (np.arange(200) >= 15)
    output, *_ = session.run(None, {"input": signal.astype(np.float32), **dict(zip(names, states, strict=True))})
    expected = Stream(net).process(torch.from_numpy(signal[..., 15:]).float())
    assert np.abs(output[..., 15:] - expected.numpy()).max() < 1e-5


def test_an_onnx_file_that_plays_something_else_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(onnx.Player, "process", lambda self, block: block)
    with pytest.raises(ExportError, match="differs from PyTorch"):
        onnx.write(tmp_path / "a.onnx", network(layers=2, channels=2, kernel_size=3), sample_rate=44_100)
    assert not list(tmp_path.iterdir())


def test_onnx_refuses_what_is_not_causal():
    with pytest.raises(ExportError, match=r"model\.causal=true"):
        onnx_graph.graph(network(layers=2, channels=2, kernel_size=3, causal=False), sample_rate=44_100)
