"""CPU time of a training step of NAM's networks, in PyTorch as NAM's trainer computes it, and ours.

    python benchmarks/family_step.py [ROUNDS [NAME ...]]

16 sequences of 8,192 samples with their true context, forward, mean squared error and backward, no optimizer. NAM's
trainer is written down here from its description: one nn.Conv1d for each convolution, on signals that become shorter
from layer to layer, the skip sum cut to the length of its last term. Both ways take turns in this process, with one
thread; the best step counts, in user + system time. GFLOP/s count the multiply-adds of the samples that the wanted
output depends on, so context counts, but no activation and nothing that is computed again.
"""

import sys
from collections.abc import Callable

import torch
from torch import Tensor, nn
from training_step import cpu_seconds, peak

from nasamp.architecture import Activation, Architecture, Head, Layer, LayerArray, convolutions, counts, stack
from nasamp.benchmark.machine import machine
from nasamp.models import WaveNet
from nasamp.models.layer import ACTIVATIONS
from nasamp.models.network import in_context

ROUNDS, SEQUENCES, SAMPLES = 3, 16, 8192
TANH, LEAKY = Activation("Tanh"), Activation("LeakyReLU", 0.01)
CYCLE, TEN, EIGHT = (1, 3, 7, 17, 41, 101, 239), tuple(2**i for i in range(10)), tuple(2**i for i in range(8))


def array(channels: int, kernels: int | tuple[int, ...], dilations: tuple[int, ...], activation=TANH, head=None):
    """Return layers with what NAM's presets have: a mixin, and a dense residual."""
    kernels = (kernels,) * len(dilations) if isinstance(kernels, int) else kernels
    layers = tuple(Layer(*shape, activation) for shape in zip(kernels, dilations, strict=True))
    return LayerArray(channels, channels, layers, "dense", True, head or Head(1, 16), False, False)


def a2(channels: int, activation: Activation = LEAKY) -> Architecture:
    """Return NAM's second generation."""
    shape = ((6,) * 14 + (15, 15) + (6,) * 7, CYCLE * 2 + (1, 13) + CYCLE)
    return Architecture((array(channels, *shape, activation),), head_scale=0.01)


A1 = Architecture((array(16, 3, TEN, TANH, Head(8, 1, bias=False)), array(8, 3, TEN, TANH, Head())), head_scale=0.02)
MEMBERS = {
    "A1 standard": A1,
    "A2 full": a2(8),
    "A2 full, Tanh": a2(8, TANH),
    "A2 lite": a2(3),
    "A2 lite, Tanh": a2(3, TANH),
    "C4 K6, the seven dilations of A2 three times": Architecture((array(4, 6, CYCLE * 3),)),
    "C8 K6, the seven twice": Architecture((array(8, 6, CYCLE * 2),)),
    "C12 K3, 1..128 twice, plain": Architecture((LayerArray(12, 12, tuple(Layer(3, each) for each in EIGHT * 2)),)),
    "C16 K6, the seven once": Architecture((array(16, 6, CYCLE),)),
    "L8 C8 K3": stack(8, 8, 3),
    "L8 C16 K3": stack(8, 16, 3),
    "L8 C24 K3": stack(8, 24, 3),
    "L8 C32 K3": stack(8, 32, 3),
}


class Eager(nn.Module):
    """A network in PyTorch's modules, without padding: the output is shorter by the receptive field less one."""

    def __init__(self, architecture: Architecture) -> None:
        """Build it."""
        super().__init__()
        self.architecture = architecture
        self.parts = nn.ModuleDict()
        for each in convolutions(architecture):
            groups = each.inputs if each.is_depthwise else 1
            sizes = (each.inputs, each.outputs, each.kernel_size)
            made = nn.Conv1d(*sizes, dilation=each.dilation, groups=groups, bias=each.bias)
            self.parts[f"{each.array or 0} {each.layer} {each.role}"] = made

    def forward(self, x: Tensor) -> Tensor:
        """Return the output of shape (batch, 1, samples - receptive field + 1)."""
        h, output = x, None
        for place, form in enumerate(self.architecture.arrays):
            h, output = self._array(place, form, h, x, output)
        return output * self.architecture.head_scale

    def _array(self, place: int, form: LayerArray, h: Tensor, x: Tensor, skip_sum: Tensor | None):
        h = self.parts[f"{place} None input"](h)
        length = h.shape[-1] - sum((layer.kernel_size - 1) * layer.dilation for layer in form.layers)
        terms = [each[..., -length:] for each in (skip_sum, h if form.head_takes_input else None) if each is not None]
        for i, layer in enumerate(form.layers):
            z = self.parts[f"{place} {i} hidden"](h)
            if form.mixin:
                z = z + self.parts[f"{place} {i} mixin"](x)[..., -z.shape[-1] :]
            z = activated(layer.activation, z)
            terms = [sum(terms, z[..., -length:])]
            handed = z if form.residual == "identity" else self.parts[f"{place} {i} residual"](z)
            h = h[..., -z.shape[-1] :] + handed
        return h, self.parts[f"{place} None head"](terms[0])


def activated(activation: Activation, z: Tensor) -> Tensor:
    """Return the activation's result."""
    return ACTIVATIONS[activation.name](z, *activation.parameters)


def flops(architecture: Architecture) -> float:
    """Return the multiplications and additions of a step: forward, and twice as many backward."""
    needed = {}
    h, head = 0, SAMPLES
    for place, form in reversed(list(enumerate(architecture.arrays))):
        needed[place, None, "head"], head = head, head + form.head.kernel_size - 1
        for i, layer in reversed(list(enumerate(form.layers))):
            needed[place, i, "residual"], h = h, max(h, head)
            needed[place, i, "hidden"] = needed[place, i, "mixin"] = h
            h += (layer.kernel_size - 1) * layer.dilation
        needed[place, None, "input"] = h
    total = 0
    for each in convolutions(architecture):
        inputs = 1 if each.is_depthwise else each.inputs
        total += each.outputs * inputs * each.kernel_size * needed[each.array or 0, each.layer, each.role]
    return 6 * SEQUENCES * total


def best(steps: list[Callable[[], object]], rounds: int) -> list[float]:
    """Return the CPU seconds of the best call of each; the first brings memory and libraries and does not count."""
    found = [[] for _ in steps]
    for _ in range(rounds + 1):
        for step, times in zip(steps, found, strict=True):
            start = cpu_seconds()
            step()
            times.append(cpu_seconds() - start)
    return [min(times[1:]) for times in found]


def measure(architecture: Architecture, rounds: int) -> list[float]:
    """Return the CPU seconds of a step in PyTorch and of ours."""
    torch.manual_seed(0)
    theirs, ours = Eager(architecture), WaveNet(architecture, implementation="fused")
    x = 0.2 * torch.randn(SEQUENCES, 1, SAMPLES + ours.context[0])
    target = torch.tanh(3 * x[..., ours.context[0] :])
    for own, given in zip(ours.weights, theirs.parameters(), strict=True):
        own.data = given.data.clone()

    def step(net: nn.Module, compute: Callable[[Tensor], Tensor]) -> Callable[[], Tensor]:
        def call() -> Tensor:
            net.zero_grad()
            output = compute(x)
            (output - target).square().mean().backward()
            return output.detach()

        return call

    steps = [step(theirs, theirs), step(ours, lambda x: in_context(ours, x))]
    torch.testing.assert_close(steps[0](), steps[1](), rtol=1e-3, atol=1e-4)
    return best(steps, rounds)


def main() -> None:
    """Measure all members, and print the table."""
    rounds, names = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS, sys.argv[2:] or list(MEMBERS)
    torch.set_num_threads(1)
    limit = peak()
    print(f"{machine()}, 1 thread\n")
    print("| network | context | CPU ms, PyTorch | ours | times faster | GFLOP/s | of the peak |")
    print("|---|---|---|---|---|---|---|")
    for name in names:
        limit = max(limit, peak())
        theirs, ours = measure(MEMBERS[name], rounds)
        speed = flops(MEMBERS[name]) / ours / 1e9
        cells = [name, f"{counts(MEMBERS[name]).receptive_field - 1:,}", f"{theirs * 1000:.0f}", f"{ours * 1000:.0f}"]
        print(f"| {' | '.join([*cells, f'{theirs / ours:.1f}', f'{speed:.0f}', f'{speed / limit:.0%}'])} |", flush=True)
    print(f"\nPeak: {limit:.0f} GFLOP/s of multiply-adds in registers.")


if __name__ == "__main__":
    main()
