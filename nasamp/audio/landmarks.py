"""Finds candidate lags at which a signal may repeat itself, by matching landmarks.

A landmark is a short snippet around a peak. Matching is done below 2 kHz on the whitened signal: that is cheap, and a
resampled, requantized or scaled copy still matches.
"""

import numpy as np
import soxr  # type: ignore[import-untyped]
from numpy.typing import NDArray
from scipy import ndimage, signal  # type: ignore[import-untyped]
from scipy.linalg import solve_toeplitz  # type: ignore[import-untyped]

from nasamp.audio.levels import Signal

_BAND, RATE = 4000, 16_000  # Hz: rate of the compared band, and four times it, so that rounding a lag matters little
_ORDER = 16  # of the linear prediction for whitening
_PEAK, _SMOOTH = 360, 12  # samples: a landmark is the maximum within this distance; smoothing of the energy
_AT_A_TIME = 100 * RATE  # samples per block of the search for peaks; bounds the memory
_SNIPPET = 800  # samples on both sides of a landmark that are compared
_QUIET = 1e-5  # of the power of loud snippets; quieter ones are not landmarks
_ALIKE = 0.9  # correlation from which two snippets may be the same
_OFTEN = 256  # a landmark with more matches is ambiguous, such as one in a steady tone
_ROWS = 256  # landmarks compared at a time; bounds the memory
_VOTES, _LAGS = 4, 192  # fewest pairs of landmarks for a candidate lag; most candidate lags
_LOOK = round(1.5 * RATE)  # samples of the first comparison
_SHORTEST_LAG = RATE // 2


def whitened(dry: Signal, sample_rate: int) -> Signal:
    """Return the signal below 2 kHz, whitened, at ``RATE``; empty where it is silent."""
    band = soxr.resample(dry, sample_rate, _BAND, quality="MQ")
    if len(band) <= _ORDER or not band.any():
        return np.zeros(0, np.float32)
    fine = band.astype(np.float64)  # in float32 the squares of a very quiet signal are zero
    correlation = np.array([np.dot(fine[: len(fine) - lag], fine[lag:]) for lag in range(_ORDER + 1)])
    correlation[0] *= 1 + 1e-4
    taps = np.concatenate([[1.0], -solve_toeplitz(correlation[:-1], correlation[1:])]).astype(np.float32)
    return np.asarray(soxr.resample(signal.lfilter(taps, np.ones(1, np.float32), band), _BAND, RATE, quality="MQ"))


def lags(white: Signal) -> list[tuple[int, slice]]:
    """Return candidate lags, each with the range where most of its landmark pairs begin; most pairs first."""
    places, rows = _landmarks(white)
    pairs = [np.zeros((2, 0), np.int64)]
    for start in range(0, len(places), _ROWS):
        alike = np.abs(rows[start : start + _ROWS] @ rows[start:].T) > _ALIKE
        alike[alike.sum(axis=1) > _OFTEN] = False
        one, other = np.nonzero(alike)
        pairs.append(np.stack([places[start + other] - places[start + one], places[start + one]]))
    apart, firsts = np.concatenate(pairs, axis=1)
    order = np.lexsort((firsts, apart))
    order = order[apart[order] >= _SHORTEST_LAG]
    apart, firsts = apart[order], firsts[order]
    values, counts = np.unique(apart, return_counts=True)
    found: list[tuple[int, slice]] = []
    for lag in values[np.argsort(-counts, kind="stable")]:
        near = firsts[slice(*np.searchsorted(apart, [lag - 1, lag + 2]))]
        if len(found) == _LAGS or len(near) < _VOTES:
            break
        found.append((int(lag), _densest(np.sort(near))))
    return found


def _landmarks(white: Signal) -> tuple[NDArray[np.int64], Signal]:
    """Return the positions of the landmarks, and their snippets as rows of unit energy."""
    margin, step = 4 * _PEAK, _AT_A_TIME
    found = [np.zeros(0, np.int64)]
    for start in range(0, len(white), step):
        begin = max(start - margin, 0)
        places = _peaks(white[begin : start + step + margin]) + begin
        found.append(places[(places >= start) & (places < start + step)])
    places = np.concatenate(found)
    places = places[(places >= _SNIPPET) & (places < len(white) - _SNIPPET)]
    rows = white[places[:, None] + np.arange(-_SNIPPET, _SNIPPET, RATE // _BAND)]
    power = np.einsum("ij,ij->i", rows, rows)
    loud = power > (_QUIET * np.percentile(power, 95) if len(power) else 0)
    return places[loud], rows[loud] / np.sqrt(power[loud, None])


def _peaks(white: Signal) -> NDArray[np.int64]:
    energy = ndimage.gaussian_filter1d(np.square(white), _SMOOTH)
    around = ndimage.uniform_filter1d(energy, 2 * _PEAK + 1)  # else a decaying note would have only one peak
    salience = energy / np.maximum(around, np.finfo(np.float32).tiny)
    return np.flatnonzero((salience == ndimage.maximum_filter1d(salience, 2 * _PEAK + 1)) & (energy > 0))


def _densest(places: NDArray[np.int64]) -> slice:
    """Return the range of at most ``_LOOK`` samples with the most places, plus a snippet on both sides."""
    last = np.searchsorted(places, places + _LOOK) - 1
    begin = int(np.argmax(last - np.arange(len(places))))
    return slice(int(places[begin]) - _SNIPPET, int(places[last[begin]]) + _SNIPPET)
