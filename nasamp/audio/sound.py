"""Reads one channel of a recording's file and checks it while reading (E1, E5, E6, W2)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile  # type: ignore[import-untyped]
from numpy.typing import NDArray

from nasamp.audio.files import header, not_finite, unreadable
from nasamp.audio.findings import Finding
from nasamp.audio.levels import Signal, clipped_runs, is_sound, level
from nasamp.audio.unfinished import source
from nasamp.schema.limits import Limits

FULL_SCALE = 1.0
Channel = Literal["left", "right"]
_CHANNELS: tuple[Channel, ...] = ("left", "right")


@dataclass(frozen=True)
class Sound:
    """One channel of a file.

    Attributes:
        name: the path, as typed.
        samples: shape (samples,), full scale is 1; invalid samples are set to 0.
        sample_rate: Hz.
        clipped_seconds: where the clipped runs begin, in s from the start of the file.
        audible_channel: the channel that is not silent, if the chosen one is; else None.
    """

    name: str
    samples: Signal
    sample_rate: int
    clipped_seconds: NDArray[np.float64]
    audible_channel: Channel | None = None


def read(path: Path, channel: Channel | None, limits: Limits) -> tuple[Sound | None, list[Finding]]:
    """Return a file's channel, or None where it cannot be read, and the findings E1, E5, E6 and W2."""
    rate, readable = header(path)
    if readable.verdict == "error":
        return None, [readable]
    try:
        every, _ = soundfile.read(source(path), dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        return None, [unreadable(path, error)]
    except MemoryError:
        found = f"{path}: cannot be read: its header declares more samples than fit in memory"
        return None, [Finding("E1", "error", found, "export it again")]
    column, channels = _channel(path, every, channel, limits)
    chosen = np.ascontiguousarray(every[:, column])
    finite = _finite(path, chosen, rate)
    if finite.verdict == "error":
        chosen = np.where(is_sound(chosen), chosen, np.float32(0))
    is_silent = level(chosen) < limits.silence_dbfs
    runs = clipped_runs(chosen, limits.clipped_samples, limits.clipped_runs)
    sound = Sound(
        str(path),
        chosen,
        rate,
        (runs[:0] if is_silent else runs) / rate,  # in silence, quantization steps look like clipping
        _audible(every, limits) if is_silent else None,
    )
    return sound, [readable, channels, finite, _clipped(sound)]


def _audible(every: NDArray[np.float32], limits: Limits) -> Channel | None:
    """Return the loudest channel, or None where all are silent."""
    levels = [level(np.where(is_sound(channel), channel, np.float32(0))) for channel in every[:, :2].T]
    loudest = int(np.argmax(levels))
    return _CHANNELS[loudest] if levels[loudest] >= limits.silence_dbfs else None


def _channel(path: Path, every: NDArray[np.float32], channel: Channel | None, limits: Limits) -> tuple[int, Finding]:
    """Return the column to read, and E5; channels are never averaged, which would comb-filter a shifted pair."""
    count = every.shape[1]
    if count == 1:
        return 0, Finding("E5", "fine", f"{path}: mono")
    if channel:
        return _CHANNELS.index(channel), Finding("E5", "fine", f"{path}: {channel} of {count} channels")
    valid = np.where(is_sound(every), every, np.float32(0))
    difference = float(np.abs(valid - valid[:, :1]).max())
    if difference > limits.channel_difference:
        found = f"{path}: has {count} channels that differ by up to {difference:.2g}"
        return 0, Finding("E5", "error", found, "choose data.channel=left or data.channel=right")
    return 0, Finding("E5", "warning", f"{path}: has {count} equal channels; the left is used", "export it in mono")


def _finite(path: Path, samples: Signal, rate: int) -> Finding:
    fine = Finding("E6", "fine", f"{path}: every sample is a number")
    return not_finite(path, is_sound(samples), rate) or fine


def _clipped(sound: Sound) -> Finding:
    peak = float(np.abs(sound.samples).max())
    if not len(sound.clipped_seconds):
        return Finding("W2", "fine", f"{sound.name}: no clipped runs, peak {peak:.3f}")
    found = (
        f"{sound.name}: {len(sound.clipped_seconds):,} clipped runs, the first at {sound.clipped_seconds[0]:.3f} s, "
        f"at a peak of {peak:.3f}"
    )
    return Finding("W2", "warning", found, "record it again with less gain: the model learns the clipping")
