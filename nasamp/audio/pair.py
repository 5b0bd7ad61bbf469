"""Brings input and output to one sample rate and length, and removes the declared delay."""

from dataclasses import replace

import soxr  # type: ignore[import-untyped]

from nasamp.audio.alignment import shifted
from nasamp.audio.copies import Repeat
from nasamp.audio.findings import Finding
from nasamp.audio.levels import Signal
from nasamp.audio.sound import Sound
from nasamp.errors import AudioError
from nasamp.schema import Data

Pair = tuple[Sound, Sound]


def resampled(pair: Pair, rate: int | None) -> Pair:
    """Return both sounds resampled to a rate in Hz by the same filter; None leaves them unchanged."""
    dry, wet = (_resampled(sound, rate) if rate else sound for sound in pair)
    return dry, wet


def equally_long(pair: Pair, data: Data) -> tuple[Pair, Finding]:
    """Return both sounds cut to the shorter one, and E4: whether their lengths are close enough."""
    dry, wet = pair
    difference = len(wet.samples) - len(dry.samples)
    shorter = min(len(dry.samples), len(wet.samples))
    both = replace(dry, samples=dry.samples[:shorter]), replace(wet, samples=wet.samples[:shorter])
    if not difference:
        return both, Finding("E4", "fine", f"both files: {shorter / dry.sample_rate:.3f} s ({shorter:,} samples)")
    found = (
        f"{wet.name}: output is {difference / dry.sample_rate:+.3f} s ({difference:+d} samples) "
        f"against the input {dry.name}"
    )
    if data.trim or 0 < difference <= data.limits.longest_difference_seconds * dry.sample_rate:
        return both, Finding("E4", "warning", f"{found}; both were cut to the shorter", "export the same range of both")
    return both, Finding("E4", "error", found, "export the same range of both again, or set data.trim=true")


def undelayed(pair: Pair, delay: int) -> Pair:
    """Return both sounds with a delay of the output, in samples, removed.

    Raises:
        AudioError: where nothing would be left.
    """
    dry, wet = pair
    if delay and abs(delay) >= len(dry.samples):
        raise AudioError(
            f"data.delay={delay}: the recording has only {len(dry.samples):,} samples; give a smaller delay"
        )
    first, second = shifted(dry.samples, wet.samples, delay)
    return _starting_later(dry, first, max(-delay, 0)), _starting_later(wet, second, max(delay, 0))


def shortened(pair: Pair, seconds: float | None) -> Pair:
    """Return the first seconds of both sounds; None leaves them unchanged."""
    if seconds is None:
        return pair
    stop = round(seconds * pair[0].sample_rate)
    dry, wet = (replace(sound, samples=sound.samples[:stop]) for sound in pair)
    return dry, wet


def repeated(ranges: list[list[float]], sample_rate: int) -> Repeat:
    """Return two time ranges in s as ranges of equally many samples, the earlier first."""
    count = round((ranges[0][1] - ranges[0][0]) * sample_rate)
    first, second = sorted(round(start * sample_rate) for start, _ in ranges)
    return Repeat(slice(first, first + count), slice(second, second + count))


def _starting_later(sound: Sound, samples: Signal, dropped: int) -> Sound:
    return replace(sound, samples=samples, clipped_seconds=sound.clipped_seconds - dropped / sound.sample_rate)


def _resampled(sound: Sound, rate: int) -> Sound:
    if sound.sample_rate == rate:
        return sound
    samples = soxr.resample(sound.samples, sound.sample_rate, rate, quality="VHQ")
    return replace(sound, samples=samples, sample_rate=rate)
