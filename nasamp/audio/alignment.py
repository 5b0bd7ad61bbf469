"""Estimates the delay of the output relative to the input; nothing is shifted automatically.

The whitened cross-correlation (H1: cross-spectrum over input spectrum) is the best linear filter from input to output;
its peak is taken as the delay. Tone filters move the peak: aligned recordings measure -1 to +38 samples. The difference
between two estimates of one device is exact all the same.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal  # type: ignore[import-untyped]

from nasamp.audio.levels import Signal, rms

WINDOW = 16_384  # samples of the response, half of them before the peak
_WINDOWS_AT_A_TIME = 32
_COARSE = 2**19  # samples per segment of the search for the coarse lag; bounds the memory
_TINY = np.finfo(np.float32).tiny
_SILENCE = 1e-10  # RMS, -200 dBFS: far below any recording; the spectra of anything quieter are zero in float32
_REACH_SECONDS = 2.0  # longest delay that is found
_FLOOR = 1e-3  # of the input's mean power; added to the denominator, which is near zero in some bands
_POLARITY_SECONDS = 0.01  # around the peak
_DRIFT_NEAR = 32  # samples; the peaks of two thirds may differ by this much because the music differs
_LOUD_SECONDS = 3.0  # short enough that a clock drift of 500 ppm smears the peak but does not hide it


@dataclass(frozen=True)
class Alignment:
    """The whitened cross-correlation of two signals.

    Attributes:
        lag: delay of the output in samples; negative where the output seems to come first.
        prominence: peak over RMS of the response; 4 to 7 for unrelated files.
        polarity: strongest negative over strongest positive peak of the plain correlation near the lag.
        response: shape (WINDOW,), centred on the lag.
        coherence: shape (WINDOW // 2 + 1,), 0..1, the share of the output at each frequency that the response explains.
    """

    lag: int
    prominence: float
    polarity: float
    response: NDArray[np.float64]
    coherence: NDArray[np.float64]


@dataclass(frozen=True)
class Timing:
    """Alignment of a whole recording, the best prominence of its segments, and the clock drift in samples."""

    whole: Alignment
    prominence: float
    clock_drift: int


def timing(dry: Signal, wet: Signal, sample_rate: int) -> Timing | None:
    """Return delay and clock drift of the output; None where a signal is silent or too short."""
    third = len(dry) // 3
    if third < WINDOW or min(rms(dry), rms(wet)) < _SILENCE:
        return None
    whole = align(dry, wet, sample_rate)
    first, last = (align(dry[part], wet[part], sample_rate) for part in (slice(third), slice(-third, None)))
    loud = _loudest(wet, round(_LOUD_SECONDS * sample_rate))
    alignments = [whole, first, last, align(dry[loud], wet[loud], sample_rate)]
    return Timing(whole, max(each.prominence for each in alignments), _drift(first, last))


def align(dry: Signal, wet: Signal, sample_rate: int) -> Alignment:
    """Return the alignment of two signals of one length, at least ``WINDOW`` samples."""
    lag = _coarse_lag(dry, wet, round(_REACH_SECONDS * sample_rate))
    dry, wet = shifted(dry, wet, lag)
    power, cross, wet_power = spectra(dry, wet, WINDOW)
    response = fft.irfft(cross / (power + _FLOOR * power.mean() + _TINY), WINDOW)
    peak = int(np.argmax(np.abs(response)))
    near = round(_POLARITY_SECONDS * sample_rate)
    plain = np.take(fft.irfft(cross, WINDOW), range(peak - near, peak + near + 1), mode="wrap")
    return Alignment(
        lag=lag + (peak if peak < WINDOW // 2 else peak - WINDOW),
        prominence=float(np.abs(response[peak]) / max(np.sqrt(np.mean(response**2)), _TINY)),
        polarity=float(-plain.min() / max(plain.max(), _TINY)),
        response=np.roll(response, WINDOW // 2 - peak),
        coherence=np.square(np.abs(cross)) / (power * wet_power + _TINY),
    )


def spectra(
    dry: Signal, wet: Signal, window: int
) -> tuple[NDArray[np.float64], NDArray[np.complex128], NDArray[np.float64]]:
    """Return the input's power, the cross-spectrum and the output's power, each shape (window // 2 + 1,), unscaled.

    Welch's method, all three in one pass, a few windows at a time: SciPy's csd and welch compute twice as many
    transforms and hold them all in memory.
    """
    taper = signal.windows.hann(window, sym=False).astype(np.float32)
    stretches = [np.lib.stride_tricks.sliding_window_view(each, window)[:: window // 2] for each in (dry, wet)]
    power, wet_power = np.zeros((2, window // 2 + 1))
    cross = np.zeros(window // 2 + 1, np.complex128)
    for start in range(0, len(stretches[0]), _WINDOWS_AT_A_TIME):
        few = (each[start : start + _WINDOWS_AT_A_TIME] for each in stretches)
        x, y = (fft.rfft((each - each.mean(axis=1, keepdims=True)) * taper) for each in few)
        power += _power(x).sum(axis=0)
        wet_power += _power(y).sum(axis=0)
        cross += (np.conj(x) * y).sum(axis=0)
    return power, cross, wet_power


def shifted(dry: Signal, wet: Signal, delay: int) -> tuple[Signal, Signal]:
    """Return views of both signals with a delay of the output of ``delay`` samples removed.

    >>> [view.tolist() for view in shifted(np.arange(4.0), np.arange(4.0), 1)]
    [[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]]
    """
    if delay >= 0:
        return dry[: max(len(dry) - delay, 0)], wet[delay:]
    return dry[-delay:], wet[: max(len(wet) + delay, 0)]


def _power(spectrum: NDArray[np.complex64]) -> Signal:
    return np.square(spectrum.real) + np.square(spectrum.imag)


def _coarse_lag(dry: Signal, wet: Signal, reach: int) -> int:
    """Return an approximate lag of up to ``reach`` samples, from the response over long segments."""
    reach = min(reach, len(dry) - WINDOW)  # the overlap at that lag still has to fill a window
    stretches = max(1, len(dry) // _COARSE)
    length = fft.next_fast_len(-(-len(dry) // stretches) + reach, real=True)
    means = dry.mean(), wet.mean()  # a DC offset would dominate the correlation
    power, cross = np.zeros(length // 2 + 1), np.zeros(length // 2 + 1, np.complex128)
    for pair in zip(*(np.array_split(each, stretches) for each in (dry, wet)), strict=True):
        x, y = (fft.rfft(each - mean, length) for each, mean in zip(pair, means, strict=True))
        power += _power(x)
        cross += np.conj(x) * y
    response = fft.irfft(cross / (power + _FLOOR * power.mean() + _TINY), length)
    return int(np.argmax(np.abs(np.take(response, range(-reach, reach + 1), mode="wrap")))) - reach


def _drift(first: Alignment, last: Alignment) -> int:
    """Return by how many samples the lag grew: the shift at which the two responses match best.

    The peaks themselves jump between neighbouring maxima with the music, so they only give the starting point. The
    match uses the phase, weighted by coherence, because the distortion products of a fuzz share no phase.
    """
    spectra = [fft.rfft(each.response) for each in (first, last)]
    cross = np.conj(spectra[0]) * spectra[1]
    fit = fft.irfft(cross / (np.abs(cross) + _TINY) * first.coherence * last.coherence, WINDOW)
    near = np.take(fit, range(-_DRIFT_NEAR, _DRIFT_NEAR + 1), mode="wrap")
    return last.lag - first.lag + int(np.argmax(near)) - _DRIFT_NEAR


def _loudest(samples: Signal, length: int) -> slice:
    """Return the ``length`` samples with the most energy; candidates start every quarter of ``length``."""
    length = min(length, len(samples))
    energy = np.concatenate([[0.0], np.cumsum(np.square(samples, dtype=np.float64))])
    starts = np.arange(0, len(samples) - length + 1, max(length // 4, 1))
    start = int(starts[np.argmax(energy[starts + length] - energy[starts])])
    return slice(start, start + length)
