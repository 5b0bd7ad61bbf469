"""Reference scores for a recording: the unprocessed input, the best linear filter, and the noise floor."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft  # type: ignore[import-untyped]
from scipy.linalg import solve_toeplitz  # type: ignore[import-untyped]
from scipy.signal import oaconvolve  # type: ignore[import-untyped]

from nasamp.audio.recording import Recording
from nasamp.audio.split import Parts, cut

Signal = NDArray[np.floating]
References = dict[str, dict[str, float]]  # copy, linear, and floor where a repeat is known: {val_esr, test_esr}

TAPS = 512  # of the linear filter: 11.6 ms at 44.1 kHz, longer than most amps ring
RIDGE = 1e-9  # of the input's energy; regularizes, since a guitar has almost no energy above 10 kHz
_BLOCK = 2**17  # samples per transform; bounds the memory


def of_all(recordings: Iterable[Recording]) -> dict[str, References]:
    """Return the reference scores of each recording, by its name."""
    return {recording.name: of(recording, repeat=recording.repeat) for recording in recordings}


def of(recording: Recording, *, repeat: tuple[slice, slice] | None = None) -> References:
    """Return the ESR of each reference model on the validation and the test part.

    ``copy`` is the input times its best factor, ``linear`` the best causal filter of 512 taps, both fitted to the
    training part; ``floor`` is the noise floor, the same for all parts.

    Args:
        repeat: two passages with the same input, in samples.
    """
    dry, wet, split = recording.input, recording.output, recording.split
    training = cut(dry, split.train), cut(wet, split.train)
    parts = {"val_esr": split.validation, "test_esr": split.test}
    found = {}
    for name, taps in (("copy", 1), ("linear", TAPS)):
        response = linear_filter(*training, taps)
        found[name] = {column: esr(_filtered(dry, response, part), cut(wet, part)) for column, part in parts.items()}
    if repeat:
        found["floor"] = dict.fromkeys(("val_esr", "test_esr"), noise_floor(wet, *repeat))
    return found


def linear_filter(dry: Signal, wet: Signal, taps: int = TAPS) -> Signal:
    """Return the causal impulse response from ``dry`` to ``wet`` by least squares, shape (taps,).

    Both signals are taken as zero outside (the autocorrelation method), so that the equations are Toeplitz.
    """
    auto, cross = (_correlation(dry, other, taps) for other in (dry, wet))
    auto[0] *= 1 + RIDGE
    return np.asarray(solve_toeplitz(auto, cross))


def _correlation(signal: Signal, other: Signal, lags: int) -> Signal:
    """Return the sum of ``signal[n] * other[n + lag]`` for each lag from 0, shape (lags,)."""
    length = next_fast_len(_BLOCK + lags, real=True)
    found = np.zeros(lags)
    for start in range(0, len(signal), _BLOCK):
        block, ahead = signal[start : start + _BLOCK], other[start : start + _BLOCK + lags - 1]
        ours, theirs = (rfft(each.astype(np.float64), length) for each in (block, ahead))
        found += irfft(np.conj(ours) * theirs, length)[:lags]
    return found


def _filtered(signal: Signal, response: Signal, part: Parts) -> Signal:
    """Return a part of the filtered signal, its pieces concatenated."""
    pieces = []
    for piece in part:
        begin = max(piece.start - len(response) + 1, 0)
        filtered = oaconvolve(signal[begin : piece.stop].astype(np.float64), response)
        pieces.append(filtered[piece.start - begin : piece.stop - begin])
    return np.concatenate(pieces)


def noise_floor(output: Signal, first: slice, second: slice) -> float:
    """Return the lowest ESR that a model can reach, from two takes of the same input.

    Two takes differ by the noise of both, a perfect model from one take by that take's noise only. So the floor is half
    the ESR of one take against the other.
    """
    one, other = (output[take].astype(np.float64) for take in (first, second))
    return float(np.sum((one - other) ** 2) / (np.sum(one**2) + np.sum(other**2)))


def esr(prediction: Signal, target: Signal) -> float:
    """Return the error-to-signal ratio; the target must not be silent."""
    error = prediction - target.astype(np.float64)
    return float(np.sum(error**2) / np.sum(target.astype(np.float64) ** 2))
