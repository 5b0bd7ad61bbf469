"""The level at which a network was trained, put into its weights."""

import copy

import torch

from nasamp.models import WaveNet
from nasamp.models.layer import by_array


def folded(net: WaveNet, scale: float) -> WaveNet:
    """Return a copy that plays signals as they were recorded.

    Args:
        net: was trained on input and output, both multiplied by ``scale``.
        scale: more than 0; without folding it a plugin would drive the network at the wrong level.
    """
    played = copy.deepcopy(net)
    with torch.no_grad():
        arrays = by_array(played.architecture, played.weights)
        taken, _ = arrays[0].input
        taken *= scale
        for mixin in (layer.mixin for array in arrays for layer in array.layers if layer.mixin is not None):
            mixin *= scale
        for made in (each for each in arrays[-1].head if each is not None):
            made /= scale
    return played
