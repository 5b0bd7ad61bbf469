"""The level at which a network was trained, put into its weights."""

import copy

import torch

from nasamp.models import WaveNet


def folded(net: WaveNet, scale: float) -> WaveNet:
    """Return a copy that plays signals as they were recorded.

    Args:
        net: was trained on input and output, both multiplied by ``scale``.
        scale: more than 0; without folding it a plugin would drive the network at the wrong level.
    """
    played = copy.deepcopy(net)
    with torch.no_grad():
        played.input_conv.weight *= scale
        played.output_conv.weight /= scale
        if played.output_conv.bias is not None:
            played.output_conv.bias /= scale
    return played
