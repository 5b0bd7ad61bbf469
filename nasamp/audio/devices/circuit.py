"""What the devices are made of: oversampling, and filters of one resistor and one capacitor."""

import numpy as np
from numpy.typing import NDArray
from scipy import signal  # type: ignore[import-untyped]

Signal = NDArray[np.float64]

OVERSAMPLING = 8  # distortion widens the spectrum; what folds over would be no part of the device
_WINDOW = ("kaiser", 9.0)


def raised(wave: Signal) -> Signal:
    """Return the signal at eight times its sample rate."""
    return np.asarray(signal.resample_poly(wave, OVERSAMPLING, 1, window=_WINDOW))


def lowered(wave: Signal) -> Signal:
    """Return the signal at an eighth of its sample rate, without what that cannot hold."""
    return np.asarray(signal.resample_poly(wave, 1, OVERSAMPLING, window=_WINDOW))


def high_pass(wave: Signal, hertz: float, sample_rate: int) -> Signal:
    """Return the signal through a high-pass of first order."""
    return np.asarray(signal.lfilter(*signal.butter(1, hertz, "highpass", fs=sample_rate), wave))


def low_pass(wave: Signal, hertz: float, sample_rate: int) -> Signal:
    """Return the signal through a low-pass of first order."""
    return np.asarray(signal.lfilter(*signal.butter(1, hertz, fs=sample_rate), wave))


def corner_hertz(ohm: float, farad: float) -> float:
    """Return where a resistor and a capacitor turn.

    >>> round(corner_hertz(4.7e3, 47e-9))
    720
    """
    return float(1 / (2 * np.pi * ohm * farad))
