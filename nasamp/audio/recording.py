"""A recording: the dry guitar and the amp's output, of one length and rate, cut into parts."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasamp.audio import findings
from nasamp.audio.examination import examine
from nasamp.audio.files import name
from nasamp.audio.findings import Finding
from nasamp.audio.levels import rms
from nasamp.audio.split import Split, length
from nasamp.schema import Data

_LEVEL_DBFS = -18.0  # of data.normalize=rms, as NAM normalizes


@dataclass(frozen=True)
class Recording:
    """Two signals of one length and rate.

    Attributes:
        name: short, for tables.
        input: shape (samples,), the dry guitar, times ``scale``.
        output: shape (samples,), the amp, times ``scale``.
        sample_rate: Hz.
        split: the parts for training, validation and test.
        scale: what both signals were multiplied with; folded into the weights at export.
        delay: samples of the output that were taken out, at ``sample_rate``.
        findings: of every check.
        lag: samples that the output still seems to come later; None where it was not estimated.
        is_moved: whether a passage that is played more than once lies in parts that no other recording would have.
        repeat: where the input plays the same twice, in samples; None where nothing was declared or found.
        repeat_esr: ESR of the output's second time against its first; None where it was not measured.
    """

    name: str
    input: NDArray[np.float32]
    output: NDArray[np.float32]
    sample_rate: int
    split: Split
    scale: float = 1.0
    delay: int = 0
    findings: tuple[Finding, ...] = ()
    lag: int | None = None
    is_moved: bool = False
    repeat: tuple[slice, slice] | None = None
    repeat_esr: float | None = None

    @cached_property
    def digest(self) -> str:
        """Return a hash of the samples and the rate: the same recording under any file name."""
        content = hashlib.sha256(str(self.sample_rate).encode())
        for signal in (self.input, self.output):
            content.update(np.ascontiguousarray(signal).tobytes())
        return content.hexdigest()[:16]

    @property
    def identity(self) -> str:
        """Return what a job depends on of the recording: its digest, and its parts where repeats moved them."""
        if not self.is_moved:
            return self.digest
        ends = [[piece.start, piece.stop] for pieces in vars(self.split).values() for piece in pieces]
        return f"{self.digest} {ends}"

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what was done about a recording that is fine, a sentence each."""
        return tuple(finding.line for finding in findings.of("note", self.findings))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what may make the result worse than it could be, a sentence each."""
        return tuple(finding.line for finding in findings.of("warning", self.findings))

    @property
    def facts(self) -> dict[str, Any]:
        """Return what a report, search.yaml and W&B should say about it, as plain values."""
        return {
            "digest": self.digest,
            "sample_rate": self.sample_rate,
            "seconds": len(self.input) / self.sample_rate,
            "parts": {part: length(pieces) for part, pieces in vars(self.split).items()},  # samples
            "delay_samples": self.delay,
            "estimated_lag_samples": self.lag,
            "scale": self.scale,
            "repeat_esr": self.repeat_esr,
            "notes": list(self.notes),
            "warnings": list(self.warnings),
        }


def load(data: Data) -> Recording:
    """Return the recording that the config names, checked whole; the built-in one is made first if need be.

    Raises:
        AudioError: names every file and what is wrong with it, what to do, a line each.
    """
    found = examine(data)
    findings.refuse(found.findings)
    if found.pair is None or found.parts is None:
        raise ValueError("two files that do not fit together passed without an error")
    rate, dry, wet = found.pair[0].sample_rate, *(sound.samples for sound in found.pair)
    scale = _scale(dry, wet, data)
    return Recording(
        name=name(data),
        input=dry if scale == 1 else dry * np.float32(scale),
        output=wet if scale == 1 else wet * np.float32(scale),
        sample_rate=rate,
        split=found.parts.split,
        scale=scale,
        delay=data.delay,
        findings=found.findings,
        lag=found.timing.whole.lag if found.timing else None,
        is_moved=found.parts.is_moved,
        repeat=(found.repeat.first, found.repeat.second) if found.repeat else None,
        repeat_esr=found.repeat_esr,
    )


def _scale(dry: NDArray[np.float32], wet: NDArray[np.float32], data: Data) -> float:
    """Return the one factor for both signals; 1 without data.normalize."""
    if data.normalize is None:
        return 1.0
    if data.normalize == "peak":
        return 1 / max(float(np.abs(signal).max()) for signal in (dry, wet))
    return float(10 ** (_LEVEL_DBFS / 20) / max(rms(signal) for signal in (dry, wet)))
