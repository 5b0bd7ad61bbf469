"""How the spectra differ, whatever the phase."""

import functools
import warnings
from math import nan

from auraloss.freq import MultiResolutionSTFTLoss  # type: ignore[import-untyped]
from torch import Tensor

LONGEST_WINDOW = 2048  # samples, of the three


def mrstft(prediction: Tensor, target: Tensor) -> float:
    """Return auraloss' multi-resolution STFT distance of two signals, shape (samples,); lower is better.

    NaN where the signals are shorter than its largest window, 2048 samples, or the target is silent.
    """
    if len(target) < LONGEST_WINDOW or not target.any():
        return nan
    return float(distance(prediction[None], target[None]))


def distance(prediction: Tensor, target: Tensor) -> Tensor:
    """Return the same distance of a batch, shapes (clips, samples), as a scalar that has a gradient."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of PyTorch, about auraloss
        return _measure()(prediction[:, None], target[:, None])  # type: ignore[no-any-return] # swapped, it differs


@functools.cache
def _measure() -> MultiResolutionSTFTLoss:
    return MultiResolutionSTFTLoss()
