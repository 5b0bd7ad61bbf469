"""A recording: the dry guitar and the amp's output, read, checked and cut to one length."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import soundfile  # type: ignore[import-untyped]
from numpy.typing import NDArray

from nasamp.audio.files import files, name, opened, refuse_other_rates
from nasamp.audio.split import Split, split
from nasamp.errors import AudioError
from nasamp.schema import Data

SHORTEST_SECONDS = 10.0
LONGEST_DIFFERENCE_SECONDS = 1.0
SILENCE_DBFS = -60.0
SAME_CHANNELS = 1e-4  # largest difference of two channels that count as one


@dataclass(frozen=True)
class Recording:
    """Two signals of one length and rate.

    Attributes:
        name: short, for tables.
        input: shape (samples,), the dry guitar.
        output: shape (samples,), the amp.
        sample_rate: Hz.
        split: the parts for training, validation and test.
        warnings: what was put right on the way, a sentence each.
    """

    name: str
    input: NDArray[np.float32]
    output: NDArray[np.float32]
    sample_rate: int
    split: Split
    warnings: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        """Return a hash of the samples and the rate: the same recording under any file name."""
        content = hashlib.sha256(str(self.sample_rate).encode())
        for signal in (self.input, self.output):
            content.update(np.ascontiguousarray(signal).tobytes())
        return content.hexdigest()[:16]


def load(data: Data) -> Recording:
    """Read, check and cut the recording that the config names; the built-in one is made first if need be.

    Raises:
        AudioError: names the file, what is wrong with it and what to do.
    """
    paths = files(data)
    signals = [_read(path, data.channel) for path in paths]
    (dry, dry_rate), (wet, wet_rate) = signals
    refuse_other_rates(paths, dry_rate, wet_rate, data.sample_rate)
    dry, wet, warnings = _same_length(paths, dry, wet, dry_rate)
    if data.seconds:
        dry, wet = (signal[: round(data.seconds * dry_rate)] for signal in (dry, wet))
    for path, signal in zip(paths, (dry, wet), strict=True):
        _audible(str(path), signal)
    seconds = len(dry) / dry_rate
    if seconds < SHORTEST_SECONDS:
        raise AudioError(f"{paths[0]}: only {seconds:.1f} s; at least 10 s are needed, 60-180 s recommended")
    parts = split(
        len(dry),
        round(data.gap_seconds * dry_rate),
        validation_share=data.validation_share,
        test_share=data.test_share,
    )
    for part in ("validation", "test"):
        place = getattr(parts, part)
        where = f"{paths[1]}: the {part} part ({place.start / dry_rate:.1f}-{place.stop / dry_rate:.1f} s)"
        _audible(where, wet[place])
    return Recording(name(data), dry, wet, dry_rate, parts, warnings)


def _read(path: Path, channel: str | None) -> tuple[NDArray[np.float32], int]:
    samples, rate = opened(path, lambda file: soundfile.read(file, dtype="float32", always_2d=True))
    if not len(samples):
        raise AudioError(f"{path}: holds no samples")
    broken = np.flatnonzero(~np.isfinite(samples).all(axis=1))
    if len(broken):
        raise AudioError(
            f"{path}: {len(broken):,} non-finite samples, the first at {broken[0] / rate:.3f} s; export again"
        )
    return np.ascontiguousarray(samples[:, _column(path, samples, channel)]), int(rate)


def _column(path: Path, samples: NDArray[np.float32], channel: str | None) -> int:
    """Return which channel to take; never the mean, which would comb-filter a shifted pair."""
    if samples.shape[1] == 1:
        return 0
    if channel:
        return ("left", "right").index(channel)
    if np.abs(samples - samples[:, :1]).max() > SAME_CHANNELS:
        raise AudioError(
            f"{path}: {samples.shape[1]} channels that differ; choose data.channel=left or data.channel=right"
        )
    return 0


def _same_length(
    paths: tuple[Path, Path], dry: NDArray[np.float32], wet: NDArray[np.float32], rate: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], tuple[str, ...]]:
    difference = len(wet) - len(dry)
    found = f"{paths[1]}: {difference / rate:+.3f} s ({difference:+d} samples) against {paths[0]}"
    if abs(difference) > LONGEST_DIFFERENCE_SECONDS * rate:
        raise AudioError(f"{found}; export the same range of both")
    shorter = min(len(dry), len(wet))
    return dry[:shorter], wet[:shorter], (f"{found}; both were cut to the shorter",) if difference else ()


def _audible(what: str, signal: NDArray[np.float32]) -> None:
    level = 20 * np.log10(max(float(np.sqrt(np.mean(np.square(signal, dtype=np.float64)))), 1e-12))
    if level < SILENCE_DBFS:
        raise AudioError(f"{what}: silent ({level:.1f} dBFS); at least {SILENCE_DBFS:.0f} dBFS are needed")
