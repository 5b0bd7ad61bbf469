"""The signals that captures are made with by convention, known by how they are built, at any rate and level."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasamp.audio.copies import Repeat, overlap

_FRAME_SECONDS = 0.01
_ALONE = 20  # frames on both sides of a blip in which nothing else is played
_QUIET, _LOUD = 0.02, 0.05  # of the blip; of the loudest sample
_TRIMMED = 1.0  # s that may be cut off or stand before the signal
_SHORTEST = 60.0  # s: a recording of less is a part of none of them
_EXACT = 0.02  # s


@dataclass(frozen=True)
class Standard:
    """One signal: its clicks and, where it has them, the two times of the passage that NAM judges by, all in s."""

    name: str
    blips: tuple[float, float]
    judged: tuple[float, float] | None = None
    again_after: float = 0.0


STANDARDS = (
    Standard("NAM's v3 signal", (10.5, 11.5), judged=(181.0, 190.0), again_after=181.0),
    Standard("NAM's v2 signal", (0.5, 1.5), judged=(180.0, 189.0), again_after=9.0),
    Standard("NAM's v1 signal", (0.25, 0.75)),
    Standard("Proteus' signal", (0.0, 0.5)),
)


def recognized(
    dry: NDArray[np.float32], sample_rate: int, repeats: Sequence[Repeat]
) -> tuple[Standard, Repeat | None] | None:
    """Return which signal a recording's input is, and both times of the passage that judges; None for others."""
    if len(dry) < _SHORTEST * sample_rate:
        return None
    blips = _blips(dry, sample_rate)
    for standard in STANDARDS:
        for begin in (time - standard.blips[0] for time in blips):
            second = begin + standard.blips[1]
            is_near = abs(begin) < (_TRIMMED if standard.judged else _EXACT)
            if not is_near or not any(abs(time - second) < _EXACT for time in blips):
                continue
            if standard.judged is None:
                return standard, None
            ends = (round((time + begin) * sample_rate) for time in standard.judged)
            if judged := _played_twice(slice(*ends), standard, repeats, sample_rate, len(dry)):
                return standard, judged
    return None


def _played_twice(
    passage: slice, standard: Standard, repeats: Sequence[Repeat], sample_rate: int, samples: int
) -> Repeat | None:
    """Return both times of the passage, as far as the recording holds them, where most of it is known as a repeat."""
    for each in repeats:
        same = overlap(each.second, passage)
        is_far = abs(each.offset / sample_rate - standard.again_after) < _EXACT
        if is_far and same and same.stop - same.start > (passage.stop - passage.start) / 2:
            start, stop = max(passage.start, each.offset), min(passage.stop, samples)
            return Repeat(slice(start - each.offset, stop - each.offset), slice(start, stop))
    return None


def _blips(dry: NDArray[np.float32], sample_rate: int) -> list[float]:
    """Return the times in s of clicks that stand alone, in the first seconds."""
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
