"""Building blocks of the devices: oversampling and first-order filters."""

import numpy as np
from numpy.typing import NDArray
from scipy import signal  # type: ignore[import-untyped]

Signal = NDArray[np.float64]

OVERSAMPLING = 8  # distortion widens the spectrum; without oversampling it would alias
_WINDOW = ("kaiser", 9.0)


def raised(wave: Signal) -> Signal:
    """Return the signal upsampled to eight times its sample rate."""
    return np.asarray(signal.resample_poly(wave, OVERSAMPLING, 1, window=_WINDOW))


def lowered(wave: Signal) -> Signal:
    """Return the signal downsampled to an eighth of its sample rate, with an anti-aliasing filter."""
    return np.asarray(signal.resample_poly(wave, 1, OVERSAMPLING, window=_WINDOW))


def high_pass(wave: Signal, hertz: float, sample_rate: int) -> Signal:
    """Return the signal through a first-order high-pass."""
    return np.asarray(signal.lfilter(*signal.butter(1, hertz, "highpass", fs=sample_rate), wave))


def low_pass(wave: Signal, hertz: float, sample_rate: int) -> Signal:
    """Return the signal through a first-order low-pass."""
    return np.asarray(signal.lfilter(*signal.butter(1, hertz, fs=sample_rate), wave))


def corner_hertz(ohm: float, farad: float) -> float:
    """Return the corner frequency of a resistor and a capacitor.

    >>> round(corner_hertz(4.7e3, 47e-9))
    720
    """
    return float(1 / (2 * np.pi * ohm * farad))
