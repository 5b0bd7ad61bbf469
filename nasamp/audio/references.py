"""What a network has to beat on a recording: its input, its best linear filter, and the amp's own noise."""

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
RIDGE = 1e-9  # of the input's energy; a guitar has next to nothing above 10 kHz, and the equations know no more
_BLOCK = 2**17  # samples that are transformed at a time; it bounds the memory


def of_all(recordings: Iterable[Recording]) -> dict[str, References]:
    """Return the reference models of each recording, under its name."""
    return {recording.name: of(recording, repeat=recording.repeat) for recording in recordings}


def of(recording: Recording, *, repeat: tuple[slice, slice] | None = None) -> References:
    """Return the ESR of each reference model on the validation and the test part.

    ``copy`` is the input at the level that fits best, ``linear`` the best causal filter of 512 taps, both
    fitted to the training part; ``floor`` is the noise floor, the same for all parts.

    Args:
        repeat: where the output plays the same twice, in samples.
    """
    dry, wet, split = recording.input, recording.output, recording.split
    heard = cut(dry, split.train), cut(wet, split.train)
    parts = {"val_esr": split.validation, "test_esr": split.test}
    found = {}
    for name, taps in (("copy", 1), ("linear", TAPS)):
        response = linear_filter(*heard, taps)
        found[name] = {column: esr(_filtered(dry, response, part), cut(wet, part)) for column, part in parts.items()}
    if repeat:
        found["floor"] = dict.fromkeys(("val_esr", "test_esr"), noise_floor(wet, *repeat))
    return found


def linear_filter(dry: Signal, wet: Signal, taps: int = TAPS) -> Signal:
    """Return the causal impulse response that comes nearest to ``wet``, by least squares, shape (taps,).

    Both signals count as silent outside (the autocorrelation method), so that the equations are Toeplitz.
    """
    itself, cross = (_correlation(dry, other, taps) for other in (dry, wet))
    itself[0] *= 1 + RIDGE
    return np.asarray(solve_toeplitz(itself, cross))


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
    """Return a part of the filtered signal, its pieces one behind the other."""
    pieces = []
    for piece in part:
        begin = max(piece.start - len(response) + 1, 0)
        heard = oaconvolve(signal[begin : piece.stop].astype(np.float64), response)
        pieces.append(heard[piece.start - begin : piece.stop - begin])
    return np.concatenate(pieces)


def noise_floor(output: Signal, first: slice, second: slice) -> float:
    """Return the ESR that no model of the amp can fall below, from two takes of the same input.

    Two takes differ by the noise of both; a model that knew all but the noise would miss only one. So the floor is
    half the ESR of one take against the other.
    """
    one, other = (output[take].astype(np.float64) for take in (first, second))
    return float(np.sum((one - other) ** 2) / (np.sum(one**2) + np.sum(other**2)))


def esr(prediction: Signal, target: Signal) -> float:
    """Return the energy of the error over that of the target, which must not be silent."""
    error = prediction - target.astype(np.float64)
    return float(np.sum(error**2) / np.sum(target.astype(np.float64) ** 2))
