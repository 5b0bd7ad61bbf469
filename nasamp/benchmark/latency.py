"""Measures the delay of a network in samples."""

import copy

import torch

from nasamp.models import WaveNet

WINDOW = 64  # samples after the impulse in which the response must begin


def algorithmic_latency(net: WaveNet) -> int | None:
    """Return the delay from an impulse to the first output sample that it changes.

    0 for a causal network, negative for one that looks ahead; None if no sample up to 64 after the impulse changes.
    """
    exact = copy.deepcopy(net).double()  # to detect changes below the precision of float32
    before = net.context[1]
    silence = torch.zeros(1, 1, before + WINDOW, dtype=torch.float64)
    impulse = silence.clone()
    impulse[..., before] = 1.0
    with torch.inference_mode():
        changed = (exact(impulse) - exact(silence))[0, 0].nonzero()
    return int(changed[0]) - before if len(changed) else None
