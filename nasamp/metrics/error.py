"""The error-to-signal ratio (ESR) and related metrics of a prediction and its target, each of shape (samples,).

A ratio to a silent target is NaN. The ESR is defined here, with two variants elsewhere: ``nasamp.losses.esr`` for
training, which is differentiable and finite for silence, and ``nasamp.audio.references.esr``, which needs no PyTorch.
"""

from math import log10, nan

from torch import Tensor
from torchmetrics.functional.audio import scale_invariant_signal_distortion_ratio


def esr(prediction: Tensor, target: Tensor) -> float:
    """Return the energy of the error over that of the target (Wright et al. 2020, eq. 10)."""
    return ratio(*energies(prediction, target))


def energies(prediction: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return the sums of squares of the error and of the target, in double precision; any shape, the same for both."""
    return (prediction - target).double().square().sum(), target.double().square().sum()


def ratio(part: Tensor, whole: Tensor) -> float:
    """Return one energy over another; NaN where the second is zero."""
    return float(part / whole) if whole > 0 else nan


def dc(prediction: Tensor, target: Tensor) -> float:
    """Return the squared difference of the means over the mean square of the target."""
    return ratio((target.double().mean() - prediction.double().mean()).square(), target.double().square().mean())


def si_sdr_db(prediction: Tensor, target: Tensor) -> float:
    """Return the scale-invariant signal-to-distortion ratio in dB; higher is better.

    NaN if either is silent. Le Roux et al. 2019; computed by torchmetrics.
    """
    if not (prediction.any() and target.any()):
        return nan
    return float(scale_invariant_signal_distortion_ratio(prediction.double(), target.double()))


def decibels(energy_ratio: float) -> float:
    """Return a ratio of energies in dB, at least -300; NaN for NaN or less than zero.

    >>> decibels(0.01)
    -20.0
    """
    return 10 * log10(max(energy_ratio, 1e-30)) if energy_ratio >= 0 else nan
