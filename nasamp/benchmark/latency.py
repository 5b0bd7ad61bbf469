"""How many samples a network waits before it answers; measured, not claimed."""

import copy

import torch

from nasamp.models import WaveNet

WINDOW = 64  # samples after the impulse in which the answer must begin


def algorithmic_latency(net: WaveNet) -> int | None:
    """Return the first sample that an impulse changes, counted from the impulse.

    0 for a causal network; below 0 for one that looks ahead; None where nothing changes within 64 samples.
    """
    exact = copy.deepcopy(net).double()  # a change below float32's precision is a change
    before = net.context[1]
    silence = torch.zeros(1, 1, before + WINDOW, dtype=torch.float64)
    impulse = silence.clone()
    impulse[..., before] = 1.0
    with torch.inference_mode():
        changed = (exact(impulse) - exact(silence))[0, 0].nonzero()
    return int(changed[0]) - before if len(changed) else None
