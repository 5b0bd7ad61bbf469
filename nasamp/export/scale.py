"""Folds the level at which a network was trained into its weights."""

import copy

import torch

from nasamp.models import WaveNet
from nasamp.models.layer import by_array


def folded(net: WaveNet, scale: float) -> WaveNet:
    """Return a copy of a network that plays signals at the level of the recording.

    Args:
        net: trained on input and output multiplied by ``scale``.
        scale: more than 0; if it were ignored, a plugin would drive the network at the wrong level.
    """
    played = copy.deepcopy(net)
    with torch.no_grad():
        arrays = by_array(played.architecture, played.weights)
        weight, _ = arrays[0].input
        weight *= scale
        for mixin in (layer.mixin for array in arrays for layer in array.layers if layer.mixin is not None):
            mixin *= scale
        for head_weight in (each for each in arrays[-1].head if each is not None):
            head_weight /= scale
    return played
