"""Perceptually weighted ESR: prediction and target go through the same filter first."""

import torch
from scipy.fft import next_fast_len  # type: ignore[import-untyped]
from torch import Tensor

from nasamp.losses import emphasised
from nasamp.metrics.error import esr

PRE_EMPHASIS = 0.85  # the usual value: Wright et al. 2020, and the Neural Amp Modeler


def esr_pre_emphasised(prediction: Tensor, target: Tensor) -> float:
    """Return the ESR after the pre-emphasis ``1 - 0.85 z^-1``, which boosts high frequencies."""
    return esr(emphasised(prediction, PRE_EMPHASIS), emphasised(target, PRE_EMPHASIS))


def esr_a_weighted(prediction: Tensor, target: Tensor, *, sample_rate: int) -> float:
    """Return the ESR after A-weighting, which follows the ear's sensitivity at low levels."""
    return esr(a_weighted(prediction, sample_rate), a_weighted(target, sample_rate))


def a_weighted(signal: Tensor, sample_rate: int) -> Tensor:
    """Return a signal of shape (samples,), A-weighted in the frequency domain, in double precision.

    No filter is designed, so the curve is exact up to half the sample rate; the phase is unchanged, which energy does
    not depend on. A second of zeros is appended for the ringing past the end: at 20.6 Hz, the lowest pole, it decays by
    1,000 dB in that time.
    """
    samples = next_fast_len(len(signal) + sample_rate, real=True)
    hertz = torch.fft.rfftfreq(samples, 1 / sample_rate, dtype=torch.float64)
    spectrum = torch.fft.rfft(signal.double(), samples)
    weighted: Tensor = torch.fft.irfft(spectrum * a_curve(hertz), samples)
    return weighted


def a_curve(hertz: Tensor) -> Tensor:
    """Return the gain of A-weighting, 1 at 1 kHz (IEC 61672-1:2013, annex E, with its four pole frequencies).

    >>> round(float(20 * a_curve(torch.tensor(100.0, dtype=torch.float64)).log10()), 1)
    -19.1
    """
    square = hertz.square()
    low, middle, high = 20.598997**2, (107.65265**2, 737.86223**2), 12194.217**2
    poles = (square + low) * (square + middle[0]).sqrt() * (square + middle[1]).sqrt() * (square + high)
    at_1_khz = 10 ** (1.9997 / 20)
    return at_1_khz * high * square.square() / poles
