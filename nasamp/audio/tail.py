"""Measures how much of the output depends on input long before: reverb or echo.

The best linear filter from input to output is estimated over seconds. Its part before zero can only be estimation
error, since no amp looks ahead; the part after zero is compared with it.
"""

from dataclasses import dataclass

import numpy as np
from scipy import fft  # type: ignore[import-untyped]

from nasamp.audio.alignment import spectra
from nasamp.audio.levels import Signal, decibels

_SECONDS = 2.9  # length of the filter, half of it before zero; the longest echo that is found is half of that
_WINDOWS = 3  # fewest windows; with fewer the estimate is mostly error
_FLOOR = 1e-3  # of the input's mean power, as in the alignment
_TINY = np.finfo(np.float32).tiny


@dataclass(frozen=True)
class Tail:
    """The part of the output that depends on input from long before.

    Attributes:
        share: of the output's energy, minus the share that the estimation error explains.
        above_db: energy relative to the estimation error; 0 where there is nothing.
        peak_db: largest sample relative to the error's; high for an echo.
    """

    share: float
    above_db: float
    peak_db: float


def tail(dry: Signal, wet: Signal, sample_rate: int, memory_ms: float) -> Tail | None:
    """Return what the output holds of input over ``memory_ms`` ago; None where the signals are too short."""
    window = 2 * (round(_SECONDS * sample_rate) // 2)
    begin, middle = round(memory_ms / 1000 * sample_rate), window // 2
    if len(dry) < _WINDOWS * window or begin >= middle:
        return None
    power, cross, wet_power = spectra(dry, wet, window)
    response = fft.irfft(cross / (power + _FLOOR * power.mean() + _TINY), window)
    after, before = np.zeros((2, window))
    after[begin:middle] = response[begin:middle]
    before[middle : window - begin] = response[middle : window - begin]
    energies = [float((np.square(np.abs(fft.rfft(each))) * power).sum() / wet_power.sum()) for each in (after, before)]
    peaks = [float(np.abs(each).max()) for each in (after, before)]
    return Tail(energies[0] - energies[1], _decibels(energies) / 2, _decibels(peaks))


def _decibels(after_and_before: list[float]) -> float:
    after, before = decibels(np.array(after_and_before))
    return float(after - before)
