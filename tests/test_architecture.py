"""The value that describes a network, against NAM's published sizes and against modules that PyTorch builds."""

import dataclasses

import pytest
import torch
from hypothesis import given, settings
from members import PRESETS, a2, architectures
from torch import Tensor, nn
from torch.nn import functional

from nasamp.architecture import (
    Activation,
    Architecture,
    Head,
    Layer,
    LayerArray,
    convolutions,
    counts,
    nam_form,
    plain_settings,
    stack,
)

FUNCTIONS = {"Tanh": torch.tanh, "LeakyReLU": functional.leaky_relu, "Softsign": functional.softsign}


@pytest.mark.parametrize(
    ("preset", "parameters", "macs", "field"),
    [
        ("a1_standard", 13_801, 13_320, 4093),
        ("a1_lite", 6_553, 6_228, 4093),
        ("a1_feather", 3_025, 2_808, 4093),
        ("a1_nano", 841, 732, 4093),
        ("a2_full", 12_145, 11_776, 6347),
        ("a2_lite", 1_870, 1_731, 6347),
    ],
)
def test_nams_own_networks_have_the_sizes_that_nam_gives_them(preset, parameters, macs, field):
    found = counts(PRESETS[preset])
    assert (found.parameters, found.macs_per_sample, found.receptive_field) == (parameters, macs, field)
    assert PRESETS[preset].problem() is None
    assert nam_form(PRESETS[preset]) == PRESETS[preset]


class Built(nn.Module):
    """A network as the docstring of the value describes it, layer by layer, with zeros before its beginning."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture, self.parts, self.reached = architecture, nn.ModuleList(), []
        inputs = 1
        for array in architecture.arrays:
            width, inside = array.channels, array.bottleneck
            layers = nn.ModuleList()
            for layer in array.layers:
                outputs = inside * (1 if layer.gating == "none" else 2)
                one = nn.ModuleList([nn.Conv1d(width, outputs, layer.kernel_size, dilation=layer.dilation)])
                one.append(nn.Conv1d(1, outputs, 1, bias=False) if array.mixin else nn.Identity())
                groups = width if array.residual == "scale" else 1
                is_identity = array.residual == "identity"
                one.append(nn.Identity() if is_identity else nn.Conv1d(inside, width, 1, groups=groups))
                layers.append(one)
            head = nn.Conv1d(inside, array.head.out_channels, array.head.kernel_size, bias=array.head.bias)
            self.parts.append(nn.ModuleList([nn.Conv1d(inputs, width, 1, bias=array.input_bias), layers, head]))
            inputs = width

    def forward(self, x: Tensor) -> Tensor:
        h, carried, self.reached = x, None, []
        for array, (taken, layers, head) in zip(self.architecture.arrays, self.parts, strict=True):
            h = taken(h)
            s = 0 if carried is None else carried
            if array.head_takes_input:
                s = s + h
            for layer, (conv, mixin, residual) in zip(array.layers, layers, strict=True):
                z = conv(functional.pad(h, ((layer.kernel_size - 1) * layer.dilation, 0)))
                z = z + mixin(x) if array.mixin else z
                self.reached.append(z.shape[1])
                function = FUNCTIONS[layer.activation.name]
                if layer.gating != "none":
                    a, b = z.chunk(2, dim=1)
                    p = torch.sigmoid(b)
                    z = p * function(a) if layer.gating == "gated" else p * function(a) + (1 - p) * a
                else:
                    z = function(z)
                s, h = s + z, h + residual(z)
            carried = head(functional.pad(s, (array.head.kernel_size - 1, 0)))
        return carried * self.architecture.head_scale


@settings(max_examples=60, deadline=None)
@given(architectures())
def test_the_walk_counts_what_pytorch_builds(architecture):
    assert architecture.problem() is None
    net, found = Built(architecture).double(), counts(architecture)
    shapes = [tuple(weights.shape) for name, weights in net.named_parameters() if name.endswith("weight")]
    walked = [
        (each.outputs, 1 if each.is_depthwise else each.inputs, each.kernel_size) for each in convolutions(architecture)
    ]
    assert sorted(walked) == sorted(shapes)
    assert found.parameters == sum(weights.numel() for weights in net.parameters())
    assert found.macs_per_sample == sum(torch.Size(shape).numel() for shape in shapes)
    field = found.receptive_field
    x = torch.randn(1, 1, field + 30, dtype=torch.float64, requires_grad=True)
    net(x)[0, 0, field + 10].backward()
    seen = x.grad[0, 0].nonzero().flatten()
    assert (seen.min(), seen.max()) == (11, field + 10)
    assert found.activations_per_sample == sum(net.reached)


def test_plain_stacks_made_in_different_ways_are_equal():
    layers = tuple(Layer(3, dilation) for dilation in (1, 2, 4))
    by_hand = Architecture((LayerArray(16, 16, layers),))
    assert by_hand == stack(3, 16, 3)
    assert len({by_hand, stack(3, 16, 3)}) == 1
    assert stack(**plain_settings(by_hand)) == by_hand
    assert not any(plain_settings(each) for each in PRESETS.values())


@pytest.mark.parametrize(
    "change",
    [
        {"residual": "scale"},
        {"mixin": True},
        {"input_bias": False},
        {"head": Head(1, 2)},
        {"layers": (Layer(3, 1), Layer(3, 3), Layer(3, 5))},
        {"layers": (Layer(3, 1, Activation("ReLU")), Layer(3, 2))},
        {"layers": (Layer(3, 1), Layer(2, 2))},
    ],
)
def test_a_stack_that_differs_in_one_setting_is_not_plain(change):
    array = dataclasses.replace(stack(2, 4, 3).arrays[0], **change)
    assert plain_settings(Architecture((array,))) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"bottleneck": 2}, "needs residual=dense and mixin=true"),
        (
            {"bottleneck": 2, "residual": "dense"},
            "needs residual=dense and mixin=true",
        ),
        ({"head": Head(3)}, "last head must have 1 output"),
        ({"layers": ()}, "at least one layer"),
        ({"layers": (Layer(3, 1, gating="gated"),)}, "secondary activation"),
    ],
)
def test_an_inconsistent_architecture_is_refused_with_the_reason(change, words):
    array = dataclasses.replace(stack(2, 4, 3).arrays[0], **change)
    assert words in Architecture((array,)).problem()


def test_arrays_with_mismatched_sizes_are_refused_with_the_reason():
    one = stack(2, 4, 3).arrays[0]
    assert "it has 4 channels, the head before it 1 outputs" in Architecture((one, one)).problem()
    assert "only a plain stack of Tanh layers may look ahead" in dataclasses.replace(a2(3), causal=False).problem()
