"""Spectral distance, independent of phase."""

from math import nan

from torch import Tensor

from nasamp import losses
from nasamp.schema.training import LONGEST_WINDOW


def mrstft(prediction: Tensor, target: Tensor) -> float:
    """Return auraloss' multi-resolution STFT distance of two signals, shape (samples,); lower is better.

    NaN where the signals are shorter than the largest window, 2048 samples, or the target is silent.
    """
    if len(target) < LONGEST_WINDOW or not target.any():
        return nan
    return float(losses.mrstft(prediction[None], target[None]))
