"""A short audio clip for the report: dry input, the amp's output and the model's output."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile  # type: ignore[import-untyped]

from nasamp.atomic import replacing
from nasamp.audio.files import opened
from nasamp.audio.levels import Signal
from nasamp.audio.split import Parts
from nasamp.errors import AudioError

FILE = "clip.flac"  # in a job's folder
_STEPS_A_SECOND = 10  # start positions that are compared


@dataclass(frozen=True)
class Clip:
    """Three signals of one length; ``sample_rate`` in Hz."""

    sample_rate: int
    input: Signal
    target: Signal
    model: Signal


def loudest(signal: Signal, part: Parts, sample_rate: int, seconds: float) -> slice:
    """Return the ``seconds`` of a part with the most energy, to a tenth of a second.

    Where every piece of the part is shorter, the longest piece.
    """
    wanted = round(seconds * sample_rate)
    longest = max(part, key=lambda piece: piece.stop - piece.start)
    length = min(wanted, longest.stop - longest.start)
    energy = np.concatenate([[0.0], np.cumsum(signal.astype(np.float64) ** 2)])
    hop = max(sample_rate // _STEPS_A_SECOND, 1)
    starts = np.concatenate([np.arange(piece.start, piece.stop - length + 1, hop) for piece in part])
    start = int(starts[np.argmax(energy[starts + length] - energy[starts])])
    return slice(start, start + length)


def write(path: Path, clip: Clip) -> None:
    """Write a 24-bit FLAC with three channels: input, target, model; all scaled alike where a sample is above 1."""
    frames = np.column_stack([clip.input, clip.target, clip.model])
    frames /= max(1.0, float(np.abs(frames).max()))
    with replacing(path) as draft:
        soundfile.write(draft, frames, clip.sample_rate, "PCM_24")


def read(path: Path) -> Clip:
    """Return the clip of a file.

    Raises:
        AudioError: where it cannot be read, has other channels, or is empty or not finite.
    """
    frames, rate = opened(path, lambda file: soundfile.read(file, dtype="float32", always_2d=True))
    if frames.shape[1] != 3:
        raise AudioError(f"{path}: has {frames.shape[1]} channel(s); a clip has three: input, target, model")
    if not len(frames) or not np.isfinite(frames).all():
        raise AudioError(f"{path}: is empty or has non-finite samples")
    return Clip(rate, *np.ascontiguousarray(frames.T))
