"""Levels of a signal: RMS, levels of frames, clipped runs, and the gain drift of a pair."""

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float32]  # shape (samples,), full scale is 1
FRAME_SECONDS = 0.1
LOUDEST = 1e6  # times full scale; no audio is louder, and the squares of much larger samples overflow float32
_LEVEL_STEP_DB = 2.0  # bins of input level; only frames of one bin are compared, since an amp's gain depends on level
_FEWEST_FRAMES = 3
_STEPS_BESIDE = 3  # quantization steps that the signal falls by beside a clipped run; beside a rounded top it is two
_SMALLER_SIDE = 0.1  # of the peak; a polarity that stays below it is not clipped
_FLOOR = 1e-12  # -240 dB, the level reported for silence


def decibels(amplitude: NDArray[np.floating] | float) -> NDArray[np.float64]:
    """Return amplitudes in dB of full scale."""
    return 20 * np.log10(np.maximum(np.asarray(amplitude, dtype=np.float64), _FLOOR))


def rms(signal: NDArray[np.floating]) -> float:
    """Return the root mean square; 0 for an empty signal."""
    return float(np.sqrt(np.mean(np.square(signal, dtype=np.float64)))) if len(signal) else 0.0


def level(signal: Signal) -> float:
    """Return the RMS in dBFS without the DC offset; -240 for an empty signal."""
    return float(decibels(np.std(signal, dtype=np.float64))) if len(signal) else float(decibels(0.0))


def is_sound(signal: Signal) -> NDArray[np.bool_]:
    """Return a flag for each sample: whether it is finite and at most ``LOUDEST`` times full scale."""
    return np.abs(signal) <= LOUDEST


def frame_levels(signal: Signal, sample_rate: int, seconds: float = FRAME_SECONDS) -> NDArray[np.float64]:
    """Return the RMS in dBFS of each whole frame of ``seconds``."""
    length = round(seconds * sample_rate)
    frames = signal[: len(signal) // length * length].reshape(-1, length)
    return decibels(np.sqrt(np.mean(np.square(frames, dtype=np.float64), axis=1)))


def clipped_runs(signal: Signal, samples: int, runs: int) -> NDArray[np.int64]:
    """Return where runs of samples at the largest value, or beyond full scale, begin.

    Each polarity is judged by its own largest value, since an asymmetric stage clips only one. With coarse quantization
    the rounded top of a low note is flat for some samples too, but there the signal falls by a step or two on either
    side; beside a clipped run it falls by more.

    Args:
        signal: shape (samples,), full scale is 1.
        samples: shortest run.
        runs: fewest runs; a polarity with fewer has none.
    """
    steps = np.abs(np.diff(signal))
    least_fall = _STEPS_BESIDE * float(steps[steps > 0].min(initial=np.inf))
    peak = float(np.abs(signal).max(initial=0.0))
    sides = [side for side in (signal, -signal) if side.max(initial=0.0) > _SMALLER_SIDE * peak]
    found = [_runs(side, samples, least_fall) for side in sides]
    return np.sort(np.concatenate([np.empty(0, np.int64), *(starts for starts in found if len(starts) >= runs)]))


def _runs(side: Signal, samples: int, least_fall: float) -> NDArray[np.int64]:
    """Return where runs at the largest value begin beside which the signal falls by at least ``least_fall``."""
    top = min(float(side.max()), 1.0)
    edges = np.diff(np.concatenate([[False], side >= top, [False]]).astype(np.int8))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    around = np.pad(side, 1, constant_values=top)
    fall = top - np.minimum(around[starts], around[stops + 1])
    return starts[(stops - starts >= samples) & ((fall >= least_fall) | (top >= 1))]


def gain_drift(dry: Signal, wet: Signal, sample_rate: int, silence_dbfs: float) -> float | None:
    """Return the gain of the last third minus that of the first in dB, at equal input level.

    Median gains of both thirds are compared within each 2 dB bin of input level; the result is the median of these
    differences, weighted by frames. None where no bin has enough frames in both thirds.
    """
    input_level = frame_levels(dry, sample_rate)
    gain = frame_levels(wet, sample_rate) - input_level
    third = len(gain) // 3
    step = np.where(input_level > silence_dbfs, np.floor(input_level / _LEVEL_STEP_DB), -np.inf)
    differences, weights = [], []
    for each in np.unique(step[np.isfinite(step)]):
        first, last = gain[:third][step[:third] == each], gain[-third:][step[-third:] == each]
        if min(len(first), len(last)) >= _FEWEST_FRAMES:
            differences.append(float(np.median(last) - np.median(first)))
            weights.append(min(len(first), len(last)))
    return _weighted_median(differences, weights) if differences else None


def _weighted_median(values: list[float], weights: list[int]) -> float:
    order = np.argsort(values)
    cumulated = np.cumsum(np.array(weights)[order])
    return values[int(order[np.searchsorted(cumulated, cumulated[-1] / 2)])]
