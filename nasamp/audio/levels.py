"""Levels of a signal: RMS, frames, clipped runs, and how the gain of a pair changes."""

import numpy as np
from numpy.typing import NDArray

FRAME_SECONDS = 0.1
LOUDEST = 1e6  # times full scale: no sound is, and the squares of what is much louder are infinite in float32
_LEVEL_STEP_DB = 2.0  # frames whose input levels lie in one step are compared: a distorting amp's gain depends on level
_FEWEST_FRAMES = 3
_STEPS_BESIDE = 3  # smallest differences of the signal; a rounded top falls by two
_SMALLER_SIDE = 0.1  # of the peak: a side that stays below it has nothing to clip
_FLOOR = 1e-12  # -240 dB: what silence counts as


def decibels(amplitude: NDArray[np.floating] | float) -> NDArray[np.float64]:
    """Return amplitudes in dB of full scale."""
    return 20 * np.log10(np.maximum(np.asarray(amplitude, dtype=np.float64), _FLOOR))


def rms(signal: NDArray[np.float32]) -> float:
    """Return the root mean square; 0 for nothing."""
    return float(np.sqrt(np.mean(np.square(signal, dtype=np.float64)))) if len(signal) else 0.0


def level(signal: NDArray[np.float32]) -> float:
    """Return the RMS in dBFS without the offset, which is not heard; -240 for nothing."""
    return float(decibels(np.std(signal, dtype=np.float64))) if len(signal) else float(decibels(0.0))


def is_sound(signal: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which samples are numbers that can be squared and summed: at most ``LOUDEST`` times full scale."""
    return np.abs(signal) <= LOUDEST


def frame_levels(signal: NDArray[np.float32], sample_rate: int, seconds: float = FRAME_SECONDS) -> NDArray[np.float64]:
    """Return the RMS in dBFS of each whole frame, of 100 ms if no other length is given."""
    length = round(seconds * sample_rate)
    frames = signal[: len(signal) // length * length].reshape(-1, length)
    return decibels(np.sqrt(np.mean(np.square(frames, dtype=np.float64), axis=1)))


def clipped_runs(signal: NDArray[np.float32], samples: int, runs: int) -> NDArray[np.int64]:
    """Return where runs of equal largest values, or of values beyond full scale, begin.

    Both sides of zero are looked at, each by its own largest value: an asymmetric stage clips one of them. The top of a
    low note is equal for some samples too where the steps of the quantization are coarse, but beside it the signal
    falls by a step or two; beside a clipped top by more.

    Args:
        signal: shape (samples,), full scale is 1.
        samples: a run has at least so many.
        runs: a side counts from so many runs on.
    """
    steps = np.abs(np.diff(signal))
    least_fall = _STEPS_BESIDE * float(steps[steps > 0].min(initial=np.inf))
    peak = float(np.abs(signal).max(initial=0.0))
    sides = [side for side in (signal, -signal) if side.max(initial=0.0) > _SMALLER_SIDE * peak]
    found = [_runs(side, samples, least_fall) for side in sides]
    return np.sort(np.concatenate([np.empty(0, np.int64), *(starts for starts in found if len(starts) >= runs)]))


def _runs(side: NDArray[np.float32], samples: int, least_fall: float) -> NDArray[np.int64]:
    """Return where the runs at the largest value begin beside which the signal falls by so much."""
    top = min(float(side.max()), 1.0)
    edges = np.diff(np.concatenate([[False], side >= top, [False]]).astype(np.int8))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    around = np.pad(side, 1, constant_values=top)
    fall = top - np.minimum(around[starts], around[stops + 1])
    return starts[(stops - starts >= samples) & ((fall >= least_fall) | (top >= 1))]


def gain_drift(
    dry: NDArray[np.float32], wet: NDArray[np.float32], sample_rate: int, silence_dbfs: float
) -> float | None:
    """Return by how many dB the gain of the last third is above that of the first, at equal input level.

    The median gain of the frames in each step of 2 dB of input level, last third against first; of these differences
    the median, weighted by frames. None where no level occurs often enough in both.
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
