"""Small random networks for tests."""

import torch
from torch import Tensor

from nasamp.architecture import stack
from nasamp.models import WaveNet
from nasamp.models.implementation import Compute


def network(*, seed: int = 0, gain: float = 2.0, **shape: int | bool) -> WaveNet:
    """Return a network whose weights are large enough to saturate its tanh."""
    torch.manual_seed(seed)
    net = WaveNet(stack(**shape))
    with torch.no_grad():
        for weights in net.parameters():
            weights *= gain
    return net.eval()


def same_weights(one: WaveNet, other: WaveNet) -> bool:
    """Return whether all parameters are equal to the last bit."""
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return all(torch.equal(ours, theirs) for ours, theirs in pairs)


def step(compute: Compute, net: WaveNet, x: Tensor, skip: int) -> list[Tensor]:
    """Return the output of a network and the gradients of its weights, as one implementation computes them."""
    net.zero_grad()
    output = compute(net.architecture, net.weights, x, skip)
    (output - 1.0).square().mean().backward()
    return [output.detach(), *(0 * each if each.grad is None else each.grad for each in net.parameters())]
