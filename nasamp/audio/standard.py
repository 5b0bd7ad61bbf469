"""Recognises the standard signals that captures are made with, at any sample rate and level."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nasamp.audio.copies import Repeat, overlap
from nasamp.audio.levels import Signal

_FRAME_SECONDS = 0.01
_ALONE = 20  # silent frames on both sides of a blip
_QUIET, _LOUD = 0.02, 0.05  # of the blip, highest level around it; of the loudest sample, lowest level of a blip
_TRIMMED = 1.0  # s that may be missing at the start, or precede the signal
_SHORTEST = 60.0  # s; a shorter recording is none of them
_EXACT = 0.02  # s, tolerance of times


@dataclass(frozen=True)
class Standard:
    """One standard signal: its clicks, NAM's test passage, and how much earlier the same passage occurs; all in s."""

    name: str
    blips: tuple[float, float]
    test_passage: tuple[float, float] | None = None
    repeat_offset: float = 0.0


STANDARDS = (
    Standard("NAM's v3 signal", (10.5, 11.5), test_passage=(181.0, 190.0), repeat_offset=181.0),
    Standard("NAM's v2 signal", (0.5, 1.5), test_passage=(180.0, 189.0), repeat_offset=9.0),
    Standard("NAM's v1 signal", (0.25, 0.75)),
    Standard("Proteus' signal", (0.0, 0.5)),
)


def recognized(dry: Signal, sample_rate: int, repeats: Sequence[Repeat]) -> tuple[Standard, Repeat | None] | None:
    """Return which standard signal the input is, with both plays of its test passage; None for other inputs."""
    if len(dry) < _SHORTEST * sample_rate:
        return None
    blips = _blips(dry, sample_rate)
    for standard in STANDARDS:
        for begin in (time - standard.blips[0] for time in blips):
            second = begin + standard.blips[1]
            is_near = abs(begin) < (_TRIMMED if standard.test_passage else _EXACT)
            if not is_near or not any(abs(time - second) < _EXACT for time in blips):
                continue
            if standard.test_passage is None:
                return standard, None
            ends = (round((time + begin) * sample_rate) for time in standard.test_passage)
            if passage := _played_twice(slice(*ends), standard, repeats, sample_rate, len(dry)):
                return standard, passage
    return None


def _played_twice(
    passage: slice, standard: Standard, repeats: Sequence[Repeat], sample_rate: int, samples: int
) -> Repeat | None:
    """Return both plays of the passage, cut to the recording, if most of it is a known repeat, else None."""
    for each in repeats:
        same = overlap(each.second, passage)
        is_far = abs(each.offset / sample_rate - standard.repeat_offset) < _EXACT
        if is_far and same and same.stop - same.start > (passage.stop - passage.start) / 2:
            start, stop = max(passage.start, each.offset), min(passage.stop, samples)
            return Repeat(slice(start - each.offset, stop - each.offset), slice(start, stop))
    return None


def _blips(dry: Signal, sample_rate: int) -> list[float]:
    """Return the times in s of isolated clicks in the first seconds."""
    latest = max(standard.blips[1] for standard in STANDARDS) + _TRIMMED
    length = round(_FRAME_SECONDS * sample_rate)
    begin = np.abs(dry[: round(latest * sample_rate) // length * length])
    peaks, loudest = begin.reshape(-1, length).max(axis=1), float(np.abs(dry).max())
    found = []
    for frame in np.flatnonzero(peaks > _LOUD * loudest):
        around = np.concatenate([peaks[max(frame - _ALONE, 0) : max(frame - 1, 0)], peaks[frame + 2 : frame + _ALONE]])
        if peaks[frame] == peaks[max(frame - 1, 0) : frame + 2].max() and around.max(initial=0) < _QUIET * peaks[frame]:
            found.append(float(np.argmax(begin[frame * length : (frame + 1) * length]) + frame * length) / sample_rate)
    return found
