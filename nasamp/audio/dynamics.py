"""Dynamics: compression against a linear fit, closings of a noise gate, note onsets."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import signal  # type: ignore[import-untyped]

from nasamp.audio.levels import Signal, decibels, frame_levels
from nasamp.audio.split import Parts

_PEAK_PERCENTILE = 99.99  # ignores single clicks
_FRAME_SECONDS = 0.05
_LOUD_RANGE_DB = 40.0  # below the loudest frame; quieter frames do not count in the spread
_GATE_FRAMES = 4  # within which a gate closes
_GATE_INPUT_DB = 10.0  # largest fall of the input in that time
_GATE_RANGE_DB = 60.0  # below the input's loudest frame; quieter may be noise, which a cabinet filters out
_ONSET_FRAME_SECONDS = 0.02
_ONSET_FRAMES = 3
_ONSET_DB = 4.0  # by which the level rises over these frames
_ONSET_RANGE_DB = 40.0  # below the loudest frame
_ONSET_REST = 5  # frames between two onsets


@dataclass(frozen=True)
class Compression:
    """By how many dB the output's dynamics are below those of its best linear fit.

    Saturation reduces crest factor and level spread; filtering is part of the fit. So a pair measures above zero, the
    same pair swapped below zero, and a clean amp near zero either way. A compressor with a slow attack raises the crest
    factor, but never the spread.
    """

    crest_db: float
    spread_db: float  # standard deviation of the levels of short frames


def compression(dry: Signal, wet: Signal, response: NDArray[np.float64], sample_rate: int) -> Compression:
    """Return how much an output, aligned with its input, is compressed.

    Args:
        dry: shape (samples,).
        wet: the same shape.
        response: the best linear filter from input to output, its peak in the middle.
        sample_rate: Hz.
    """
    fit = signal.oaconvolve(dry, response.astype(np.float32), mode="same")
    levels = [frame_levels(each, sample_rate, _FRAME_SECONDS) for each in (fit, wet)]
    loud = np.logical_and(*(each > each.max() - _LOUD_RANGE_DB for each in levels))
    spreads = [np.std(each[loud]) if loud.any() else 0.0 for each in levels]
    return Compression(_crest(fit) - _crest(wet), float(decibels(spreads[0]) - decibels(spreads[1])))


def gate_closings(dry: Signal, wet: Signal, sample_rate: int, fall_db: float) -> int:
    """Return how often the output falls by ``fall_db`` within 0.2 s while the input continues."""
    before, after = slice(None, -_GATE_FRAMES), slice(_GATE_FRAMES, None)
    quiet, loud = (frame_levels(each, sample_rate, _FRAME_SECONDS) for each in (dry, wet))
    continues = (quiet[before] - quiet[after] < _GATE_INPUT_DB) & (quiet[after] > quiet.max() - _GATE_RANGE_DB)
    return len(_starts(continues & (loud[before] - loud[after] > fall_db)))


def onsets(samples: Signal, sample_rate: int) -> NDArray[np.int64]:
    """Return the samples at which notes begin (the level rises), to 20 ms."""
    levels = frame_levels(samples, sample_rate, _ONSET_FRAME_SECONDS)
    if len(levels) <= _ONSET_FRAMES:
        return np.empty(0, np.int64)
    later = levels[_ONSET_FRAMES:]
    rises = (later - levels[:-_ONSET_FRAMES] > _ONSET_DB) & (later > levels.max() - _ONSET_RANGE_DB)
    starts = _starts(rises)
    apart = np.diff(starts, prepend=-_ONSET_REST - 1) > _ONSET_REST
    return (starts[apart] + _ONSET_FRAMES) * round(_ONSET_FRAME_SECONDS * sample_rate)


def count_within(places: NDArray[np.int64], part: Parts) -> int:
    """Return how many of these samples lie in a part."""
    return sum(int(np.count_nonzero((places >= piece.start) & (places < piece.stop))) for piece in part)


def _crest(samples: Signal) -> float:
    return float(decibels(np.percentile(np.abs(samples), _PEAK_PERCENTILE)) - decibels(samples.std(dtype=np.float64)))


def _starts(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.flatnonzero(flags & ~np.concatenate([[False], flags[:-1]]))
