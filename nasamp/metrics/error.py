"""Error metrics: functions of prediction and target, each of shape (samples,); NaN for a silent target."""

from math import log10, nan

from torch import Tensor
from torchmetrics.functional.audio import scale_invariant_signal_distortion_ratio


def esr(prediction: Tensor, target: Tensor) -> float:
    """Return the error-to-signal ratio, energy of the error over that of the target (Wright et al. 2020, eq. 10)."""
    return _ratio((prediction - target).double().square().sum(), target.double().square().sum())


def esr_db(prediction: Tensor, target: Tensor) -> float:
    """Return the ESR in dB, at least -300."""
    return decibels(esr(prediction, target))


def dc(prediction: Tensor, target: Tensor) -> float:
    """Return the squared difference of the means over the mean square of the target."""
    return _ratio((target.double().mean() - prediction.double().mean()).square(), target.double().square().mean())


def si_sdr_db(prediction: Tensor, target: Tensor) -> float:
    """Return the scale-invariant signal-to-distortion ratio in dB; higher is better.

    NaN where either is silent. Le Roux et al. 2019; computed by torchmetrics.
    """
    if not (prediction.any() and target.any()):
        return nan
    return float(scale_invariant_signal_distortion_ratio(prediction.double(), target.double()))


def decibels(ratio: float) -> float:
    """Return a ratio of energies in dB, at least -300; NaN for NaN or a negative ratio.

    >>> decibels(0.01)
    -20.0
    """
    return 10 * log10(max(ratio, 1e-30)) if ratio >= 0 else nan


def _ratio(part: Tensor, whole: Tensor) -> float:
    return float(part / whole) if whole > 0 else nan
