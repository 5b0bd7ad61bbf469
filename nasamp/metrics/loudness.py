"""Difference in loudness between model and amp; needs the extra ``loudness``."""

import importlib.util
from math import isfinite, nan

from torch import Tensor

SHORTEST_SECONDS = 0.4  # one gating block


def is_available() -> bool:
    """Return whether pyloudnorm is installed (pip install 'nasamp[loudness]')."""
    return importlib.util.find_spec("pyloudnorm") is not None


def loudness_difference_lu(prediction: Tensor, target: Tensor, *, sample_rate: int) -> float:
    """Return the loudness of the prediction minus that of the target, in LU (ITU-R BS.1770-4, by pyloudnorm).

    Args:
        prediction: shape (samples,).
        target: the same shape.

    Returns:
        NaN if either is silent (never above -70 LUFS) or shorter than 0.4 s.
    """
    import pyloudnorm  # type: ignore[import-untyped]

    if len(target) < SHORTEST_SECONDS * sample_rate:
        return nan
    meter = pyloudnorm.Meter(sample_rate)
    ours, theirs = (meter.integrated_loudness(signal.double().numpy()) for signal in (prediction, target))
    return float(ours - theirs) if isfinite(ours) and isfinite(theirs) else nan
