"""Small random networks for tests."""

import torch

from nasamp.architecture import stack
from nasamp.models import WaveNet


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
