"""The compiled step against PyTorch in float64: same output, same gradients, for any shape."""

import copy
import os
import random
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from members import PRESETS, architectures
from torch import Tensor

from nasamp.architecture import Activation, Architecture, Head, Layer, LayerArray, stack
from nasamp.models import WaveNet
from nasamp.models.eager import eager
from nasamp.models.fused import NoLibrary, building, function, fused, unsupported
from nasamp.models.fused.library import Library

Gradients = list[Tensor]


@pytest.fixture(autouse=True)
def threads():
    """Let each test begin with one thread, and leave the number as it was."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def net_of(layers: int, channels: int, kernel_size: int = 3, dilation_base: int = 2) -> WaveNet:
    torch.manual_seed(0)
    return WaveNet(stack(layers=layers, channels=channels, kernel_size=kernel_size, dilation_base=dilation_base))


def signal(batch: int, samples: int) -> Tensor:
    torch.manual_seed(1)
    return torch.randn(batch, 1, samples) * 0.5


def step(compute, net: WaveNet, x: Tensor, skip: int = 0) -> tuple[Tensor, Gradients]:
    """Return the output and the gradients of an error whose mean is not zero, as in training."""
    net.zero_grad()
    output = compute(net.architecture, net.weights, x, skip)
    (output - (0.3 * x[..., skip:] + 1.0)).square().mean().backward()
    unused = [torch.zeros_like(weights) if weights.grad is None else weights.grad for weights in net.parameters()]
    return output.detach(), [gradient.clone() for gradient in unused]


def distance(found: Gradients, true: Gradients) -> float:
    """Return the largest relative error over all tensors."""
    pairs = zip(found, true, strict=True)
    return max(float((ours.double() - theirs).norm() / theirs.norm().clamp(min=1e-30)) for ours, theirs in pairs)


def check(net: WaveNet, x: Tensor, skip: int = 0, **how) -> None:
    """Compare with PyTorch in float64."""
    true_output, true = step(eager, copy.deepcopy(net).double(), x.double(), skip)
    output, gradients = step(lambda *args: fused(*args, **how), net, x, skip)
    assert (output - true_output).abs().max() < 1e-5
    assert distance(gradients, true) < 1e-5


def built(architecture: Architecture) -> WaveNet:
    torch.manual_seed(0)
    return WaveNet(architecture)


MEMBERS = architectures().filter(lambda architecture: not unsupported(architecture))


def check_member(architecture: Architecture, samples: int, skip: int, **how) -> None:
    """Compare with PyTorch in float64; sums over a few samples may nearly cancel in float32, not in float64."""
    net, x = built(architecture), signal(2, samples)
    true_output, true = step(eager, copy.deepcopy(net).double(), x.double(), skip)
    for twin, most in ((net, 1e-5), (copy.deepcopy(net).double(), 1e-12)):
        output, gradients = step(lambda *args: fused(*args, **how), twin, x.to(twin.weights[0].dtype), skip)
        assert (output - true_output).abs().max() < most
        assert distance(gradients, true) < 10 * most


@pytest.mark.parametrize("seed", range(60))
def test_output_and_gradients_are_those_of_float64(seed):
    draw = random.Random(seed)  # noqa: S311
    layers, channels, kernel_size = draw.randint(1, 10), draw.randint(1, 48), draw.randint(1, 7)
    net = net_of(layers, channels, kernel_size, draw.randint(1, 3 if layers < 7 else 2))
    skip = draw.choice([0, min(net.context[0], 2000), draw.randint(0, 500)])
    check(net, signal(draw.randint(1, 3), skip + draw.randint(1, 2500)), skip)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("skip", [0, 1, 900])
def test_nams_presets_agree_with_float64(name, skip):
    check_member(PRESETS[name], skip + 700, skip)


@pytest.mark.parametrize("name", ["a1_standard", "a2_full", "a2_lite"])
def test_nams_presets_agree_with_float64_in_their_whole_context(name):
    net = built(PRESETS[name])
    check(net, signal(2, net.context[0] + 1000), net.context[0])


@seed(1)
@settings(max_examples=20, deadline=None, database=None)
@given(MEMBERS, st.integers(0, 40), st.integers(1, 300))
def test_random_members_of_the_family_agree_with_float64(architecture, skip, samples):
    check_member(architecture, skip + samples, skip)


@pytest.mark.long
@seed(2)
@settings(max_examples=300, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(MEMBERS, st.integers(0, 300), st.integers(1, 2500))
def test_many_random_members_of_the_family_agree_with_float64(architecture, skip, samples):
    check_member(architecture, skip + samples, skip)


ACTIVATIONS = [Activation("LeakyReLU", 0.01), *map(Activation, ("Tanh", "Hardtanh", "ReLU", "Softsign", "Sigmoid"))]


def activated(activation: Activation, gate: Activation | None, residual: str = "dense") -> Architecture:
    """Return a small network of an activation, gated or not."""
    gating = "none" if gate is None else "gated"
    layers = tuple(Layer(3, dilation, activation, gating, gate) for dilation in (1, 3, 7))
    return Architecture((LayerArray(5, 5, layers, residual, True, Head(1, 4), False, False),))


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda each: each.name)
@pytest.mark.parametrize("residual", ["identity", "dense", "scale"])
def test_each_activation_agrees_with_float64(activation, residual):
    check_member(activated(activation, None, residual), 1500, 20)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda each: each.name)
@pytest.mark.parametrize("gate", ACTIVATIONS[:2] + ACTIVATIONS[-1:], ids=lambda each: each.name)
@pytest.mark.parametrize("residual", ["identity", "dense"])
def test_each_gate_agrees_with_float64(activation, gate, residual):
    check_member(activated(activation, gate, residual), 700, 20)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"activation": Activation("SiLU")}, "SiLU"),
        ({"activation": Activation("LeakyReLU", -0.1)}, "LeakyReLU with a slope below 0"),
        ({"gating": "blended", "secondary_activation": Activation("Sigmoid")}, "gating=blended"),
        ({"gating": "gated", "secondary_activation": Activation("Hardswish")}, "Hardswish"),
    ],
)
def test_what_the_step_cannot_do_is_named(change, words):
    array = LayerArray(2, 2, (Layer(3, 1), Layer(3, 2, **change)))
    assert unsupported(Architecture((array,))) == words


def test_a_network_that_looks_ahead_is_named():
    assert unsupported(stack(3, 4, 3, causal=False)) == "causal=false"


@pytest.mark.parametrize("channels", [8, 12, 16, 20, 24, 32, 48, 64])
@pytest.mark.parametrize("kernel_size", [3, 5])
def test_the_usual_shapes_agree_with_float64(channels, kernel_size):
    net = net_of(6, channels, kernel_size)
    check(net, signal(2, 1024 + net.context[0]), net.context[0])


@pytest.mark.parametrize("flags", [("-march=x86-64-v3",), ("-march=x86-64",)])
@pytest.mark.parametrize("shape", [(4, 16, 3), (3, 7, 4), (2, 1, 2), (3, 24, 5)])
def test_older_cpus_get_the_same(flags, shape):
    if building.platform.machine() != "x86_64":
        pytest.skip("flags of another CPU")
    check(net_of(*shape), signal(2, 1500), 20, library=Library(flags))


@pytest.mark.parametrize("flags", [("-march=x86-64-v3",), ("-march=x86-64",)])
@pytest.mark.parametrize("name", ["a1_lite", "a2_full", "a2_lite"])
def test_older_cpus_get_the_same_of_nams_presets(flags, name):
    if building.platform.machine() != "x86_64":
        pytest.skip("flags of another CPU")
    check_member(PRESETS[name], 1500, 20, library=Library(flags))


def test_a_dilation_beyond_the_signal_sees_zeros():
    check(net_of(12, 4, 3, 3), signal(2, 700))


def test_a_sequence_longer_than_several_chunks_agrees_with_float64():
    check_member(PRESETS["a2_lite"], 10_000, 100)


def test_long_sequences_of_a_member_are_cut_without_a_trace(monkeypatch):
    monkeypatch.setattr(function, "PIECE_SAMPLES", 100)
    monkeypatch.setattr(function, "KEPT_BYTES", 300_000)
    check_member(activated(ACTIVATIONS[0], ACTIVATIONS[-1]), 3000, 17)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda each: each.name)
def test_nan_reaches_the_gradients_through_each_activation(activation):
    net, x = built(activated(activation, None)), signal(2, 400)
    x[1, 0, 200] = torch.nan
    output, gradients = step(fused, net, x)
    assert output[1, 0, 200:226].isnan().all()
    assert not output[0].isnan().any()
    assert all(gradient.isnan().any() for gradient in gradients if gradient.any())


def test_one_sample_is_enough():
    check(net_of(3, 5), signal(1, 1))


@pytest.mark.parametrize("kept_bytes", [0, 300_000, 2**30])
def test_what_was_not_kept_is_computed_again(kept_bytes, monkeypatch):
    monkeypatch.setattr(function, "KEPT_BYTES", kept_bytes)
    check(net_of(4, 9), signal(5, 900), 30)


@pytest.mark.parametrize("skip", [0, 5, 62])
def test_a_long_sequence_is_cut_without_a_trace(skip, monkeypatch):
    monkeypatch.setattr(function, "PIECE_SAMPLES", 100)
    check(net_of(5, 6), signal(2, 3000), skip)


GATED = tuple(Layer(2, each, Activation("Softsign"), "gated", Activation("Sigmoid")) for each in (1, 2))
DIFFERENTIATED = {
    "plain": stack(2, 3, 2),
    "gated": Architecture((LayerArray(2, 3, GATED, "dense", True, Head(1, 2), False, False),), head_scale=0.5),
    "two arrays": Architecture(
        (
            LayerArray(2, 2, (Layer(2, 1), Layer(3, 2)), "scale", True, Head(3, 2, bias=False)),
            LayerArray(3, 3, (Layer(2, 2), Layer(2, 1)), "identity", False, Head(1, 1)),
        )
    ),
}


@pytest.mark.parametrize("skip", [0, 4])
@pytest.mark.parametrize("architecture", DIFFERENTIATED.values(), ids=DIFFERENTIATED)
def test_derivatives_are_those_of_differences(architecture, skip):
    net = built(architecture).double()
    x = signal(2, 9).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x, *_: fused(net.architecture, net.weights, x, skip), (x, *net.parameters()))


def test_a_graph_can_be_used_twice():
    net = net_of(3, 4)
    loss = fused(net.architecture, net.weights, signal(2, 200)).square().mean()
    loss.backward(retain_graph=True)
    once = [weights.grad.clone() for weights in net.parameters()]
    loss.backward()
    assert all(torch.equal(weights.grad, 2 * first) for weights, first in zip(net.parameters(), once, strict=True))


def test_two_graphs_at_a_time_do_not_touch_each_other():
    net, x = net_of(3, 4), signal(2, 200)

    def loss(signal: Tensor) -> Tensor:
        return fused(net.architecture, net.weights, signal).square().mean()

    first, second = loss(x), loss(2 * x)
    with torch.no_grad():
        fused(net.architecture, net.weights, 3 * x)
    found = [torch.autograd.grad(each, list(net.parameters())) for each in (first, second)]
    alone = [torch.autograd.grad(loss(k * x), list(net.parameters())) for k in (1, 2)]
    assert all(
        torch.equal(a, b) for ours, theirs in zip(found, alone, strict=True) for a, b in zip(ours, theirs, strict=True)
    )


def test_results_do_not_depend_on_the_threads():
    net, x = net_of(4, 10), signal(7, 1000)
    one = step(fused, net, x)
    torch.set_num_threads(3)
    three = step(fused, net, x)
    assert torch.equal(one[0], three[0])
    assert all(torch.equal(a, b) for a, b in zip(one[1], three[1], strict=True))


def test_nan_in_the_input_is_nan_in_the_output_it_reaches_and_in_the_gradients():
    net, x = net_of(3, 5), signal(2, 400)
    x[1, 0, 100] = torch.nan
    output, gradients = step(fused, net, x)
    reached = torch.zeros_like(output, dtype=torch.bool)
    reached[1, 0, 100 : 100 + net.receptive_field] = True
    assert torch.equal(output.isnan(), reached)
    assert all(gradient.isnan().any() for gradient in gradients)


def tanh_by_fused(value: float, **how) -> Tensor:
    """Return what the step makes of a bias alone."""
    net = net_of(1, 1)
    with torch.no_grad():
        for weights in net.parameters():
            weights.fill_(0.0)
        net.blocks[0].bias.fill_(value)
        net.output_conv.weight.fill_(1.0)
        return fused(net.architecture, net.weights, torch.zeros(1, 1, 5), **how)


@pytest.mark.parametrize("value", [torch.inf, -torch.inf, 1e30, 20.0])
def test_tanh_of_large_values_is_one(value):
    assert (tanh_by_fused(value) - torch.sign(torch.tensor(value))).abs().max() < 1e-6


def test_tanh_is_within_a_millionth():
    net = net_of(1, 1)
    with torch.no_grad():
        for weights in net.parameters():
            weights.fill_(0.0)
        net.input_conv.weight.fill_(1.0)
        net.blocks[0].weight[..., -1] = 1.0
        net.output_conv.weight.fill_(1.0)
        x = torch.linspace(-12, 12, 100_001)[None, None]
        assert (fused(net.architecture, net.weights, x) - (x + torch.tanh(x.double()))).abs().max() < 1e-6


def test_without_a_compiler_the_reason_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(building, "find_spec", lambda name: None)
    with pytest.raises(NoLibrary, match=r"needs a C\+\+ compiler, and there is none; install"):
        building.library()


def test_a_compiler_that_fails_is_quoted_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(building, "find_spec", lambda name: None)
    with pytest.raises(NoLibrary, match=r"cannot be compiled here: .*unrecognized.*-fno-such-thing"):
        building.library(("-fno-such-thing",))
    assert {path.suffix for path in tmp_path.rglob("*.*")} <= {".lock"}


@pytest.mark.long
def test_of_many_processes_that_start_at_once_one_compiles_and_all_get_it(tmp_path):
    code = "import logging; logging.basicConfig(level='INFO', format='%(message)s')"
    code += "; from nasamp.models.fused.library import loaded; loaded(); print('loaded')"
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[1])}
    start = partial(subprocess.Popen, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    processes = [start([sys.executable, "-c", code]) for _ in range(3)]
    said = [process.communicate() for process in processes]
    assert [stdout for stdout, _ in said] == ["loaded\n"] * 3
    assert sum(stderr.count("compiled ") for _, stderr in said) == 1
