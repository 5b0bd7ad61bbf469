"""The network against its formulas, its gradient and its streaming implementation."""

import numpy as np
import pytest
import torch
from configs import config
from torch.nn import functional

from nasamp import architecture
from nasamp.architecture import description, stack
from nasamp.export import vox
from nasamp.models import WaveNet, layer
from nasamp.models.fused import table
from nasamp.models.network import in_context
from nasamp.models.streaming import Stream

SHAPES = [(1, 1, 2, 2), (2, 3, 1, 2), (3, 4, 3, 2), (4, 5, 5, 1), (3, 2, 4, 3), (8, 16, 3, 2)]


def net_of(layers: int, channels: int, kernel_size: int, base: int, *, causal: bool = True) -> WaveNet:
    torch.manual_seed(0)
    return WaveNet(stack(layers=layers, channels=channels, kernel_size=kernel_size, dilation_base=base, causal=causal))


@pytest.mark.parametrize("words", [["model=wavenet"], ["model=a1_standard"], ["model=a2_lite"]])
def test_a_network_with_a_zero_head_is_silent_and_its_first_step_ends_that(words):
    torch.manual_seed(0)
    net, x = WaveNet(config(*words).model.architecture), torch.randn(1, 1, 50)
    assert net(x).any()
    net.zero_head()
    assert not net(x).any()
    (net(x) - x).square().sum().backward()
    assert [weight.grad.any().item() for weight in net.weights[-2:]] == [True, True]


def touched(net: WaveNet, at: int, samples: int) -> torch.Tensor:
    x = torch.randn(1, 1, samples, dtype=torch.float64, requires_grad=True)
    net.double()(x)[0, 0, at].backward()
    return x.grad[0, 0].nonzero().flatten()


def test_each_activation_of_the_family_has_its_function():
    assert layer.ACTIVATIONS.keys() == set(description.ACTIVATIONS)
    assert set(table.ACTIVATIONS) <= set(description.ACTIVATIONS)


@pytest.mark.parametrize("shape", SHAPES)
def test_parameters_by_formula_are_those_of_the_module(shape):
    counted = sum(weights.numel() for weights in net_of(*shape).parameters())
    assert architecture.counts(architecture.stack(*shape)).parameters == counted


@pytest.mark.parametrize("shape", SHAPES)
def test_macs_by_formula_are_the_weights_of_the_convolutions(shape):
    counted = sum(weights.numel() for name, weights in net_of(*shape).named_parameters() if name.endswith("weight"))
    assert architecture.counts(architecture.stack(*shape)).macs_per_sample == counted


@pytest.mark.parametrize("shape", SHAPES)
def test_output_depends_on_exactly_its_receptive_field_and_nothing_later(shape):
    field = architecture.counts(architecture.stack(*shape)).receptive_field
    seen = touched(net_of(*shape), at=field + 20, samples=field + 60)
    assert (seen.min(), seen.max()) == (21, field + 20)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_network_that_is_not_causal_sees_its_context_on_both_sides(shape):
    net = net_of(*shape, causal=False)
    left, right = net.context
    seen = touched(net, at=left + 20, samples=left + right + 60)
    assert (seen.min(), seen.max()) == (20, left + right + 20)
    assert left + right + 1 == net.receptive_field


@pytest.mark.parametrize("causal", [True, False])
def test_true_context_makes_pieces_equal_to_the_whole(causal):
    net = net_of(4, 4, 3, 2, causal=causal)
    left, right = net.context
    x = torch.randn(1, 1, 500)
    piece = in_context(net, x[..., 200 - left : 300 + right])
    assert torch.allclose(piece, net(x)[..., 200:300], atol=1e-6)


def after_silence(net: WaveNet, x: torch.Tensor) -> torch.Tensor:
    """Return the output as in training: zeros before the input, and no padding inside the network."""
    return in_context(net, functional.pad(x, (net.context[0], 0)))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("block", [1, 7, 64, 1000])
def test_streaming_equals_the_whole_from_the_first_sample(shape, block):
    net = net_of(*shape)
    x = torch.randn(1, 1, 1000)
    stream = Stream(net)
    blocks = torch.cat([stream.process(piece) for piece in x.split(block, dim=-1)], dim=-1)
    whole = after_silence(net, x)
    assert (blocks - whole).abs().max() < 1e-6 * max(1.0, whole.abs().max())


def test_a_stream_of_silence_is_constant_from_the_first_sample():
    net = net_of(5, 6, 3, 2)
    output = Stream(net).process(torch.zeros(1, 1, 500))
    assert output.std() < 1e-6 < output.abs().min()


def read_vox(document: dict, x: np.ndarray) -> np.ndarray:
    """Compute the model of a Vox JSON from its description alone, in float64 NumPy."""
    weights = document["weights"]
    h = np.outer(weights["input_conv"]["weight"], x) + np.array(weights["input_conv"]["bias"])[:, None]
    for block in weights["residual_blocks"]:
        kernel, dilation = np.array(block["conv_weight"]), block["dilation"]
        taps = kernel.shape[2]
        z = np.zeros_like(h) + np.array(block["conv_bias"])[:, None]
        for k in range(taps):  # k = 0 is the oldest
            delay = (taps - 1 - k) * dilation
            z += kernel[:, :, k] @ np.pad(h, ((0, 0), (delay, 0)))[:, : h.shape[1]]
        h = h + np.tanh(z)
    return np.array(weights["output_conv"]["weight"]) @ h + weights["output_conv"]["bias"][0]


@pytest.mark.parametrize("shape", [*SHAPES, *((3, channels, 3, 2) for channels in (1, 2, 12, 24, 32, 48, 64))])
def test_vox_json_read_by_numpy_reproduces_pytorch(shape):
    net = net_of(*shape)
    x = torch.randn(2000)
    with torch.no_grad():
        expected = net(x[None, None])[0, 0].numpy()
    found = read_vox(vox.content(net, name="a/b", sample_rate=44_100), x.numpy())
    assert np.abs(found - expected).max() < 1e-5


def test_vox_json_has_lists_for_one_channel_and_a_plain_name():
    document = vox.content(net_of(1, 1, 2, 2), name="a/b", sample_rate=44_100)
    assert [len(document["weights"]["input_conv"][key]) for key in ("weight", "bias")] == [1, 1]
    assert document["model_info"]["name"] == "a_b"
    assert document["model_info"]["receptive_field"] == 2


def test_vox_json_refuses_what_is_not_causal():
    with pytest.raises(vox.ExportError, match=r"model\.causal=true"):
        vox.content(net_of(2, 2, 3, 2, causal=False), name="a", sample_rate=44_100)
