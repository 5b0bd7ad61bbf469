"""A recording: dry guitar and amp output of one length and rate, split into parts."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from nasamp.audio import findings
from nasamp.audio.examination import examine
from nasamp.audio.files import name
from nasamp.audio.findings import Finding
from nasamp.audio.levels import Signal, rms
from nasamp.audio.split import Split, length
from nasamp.schema import Data

_LEVEL_DBFS = -18.0  # of data.normalize=rms, as NAM normalizes


@dataclass(frozen=True)
class Recording:
    """Dry and wet signal of one length and rate.

    Attributes:
        name: short, for tables.
        input: shape (samples,), the dry guitar, times ``scale``.
        output: shape (samples,), the amp, times ``scale``.
        sample_rate: Hz.
        split: the parts for training, validation and test.
        scale: factor applied to both signals; folded into the weights at export.
        delay: delay of the output that was removed, in samples at ``sample_rate``.
        findings: of every check.
        lag: remaining estimated delay of the output in samples; None where it was not estimated.
        is_moved: whether repeated passages changed the parts.
        repeat: two passages with the same input, in samples; None where none was declared or found.
        repeat_esr: ESR between the output at these two passages; None where it was not measured.
    """

    name: str
    input: Signal
    output: Signal
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
        """Return a hash of the samples and the rate; it does not depend on file names."""
        content = hashlib.sha256(str(self.sample_rate).encode())
        for signal in (self.input, self.output):
            content.update(np.ascontiguousarray(signal).tobytes())
        return content.hexdigest()[:16]

    @property
    def identity(self) -> str:
        """Return what a job's identity takes from the recording: the digest, and the parts if repeats changed them."""
        if not self.is_moved:
            return self.digest
        ends = [[piece.start, piece.stop] for pieces in vars(self.split).values() for piece in pieces]
        return f"{self.digest} {ends}"

    @property
    def notes(self) -> tuple[str, ...]:
        """Return the findings with verdict "note", one line each."""
        return tuple(finding.line for finding in findings.with_verdict("note", self.findings))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return the findings with verdict "warning", one line each."""
        return tuple(finding.line for finding in findings.with_verdict("warning", self.findings))

    @property
    def facts(self) -> dict[str, Any]:
        """Return what reports, search.yaml and W&B show of the recording, as plain values."""
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
    """Return the config's recording after all checks; the built-in one is generated if it does not exist.

    Raises:
        AudioError: one line per error of the checks.
    """
    found = examine(data)
    findings.refuse(found.findings)
    if found.pair is None or found.parts is None:
        raise ValueError("the checks returned no pair or parts, but no error either")
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


def _scale(dry: Signal, wet: Signal, data: Data) -> float:
    """Return the factor of data.normalize for both signals; 1 without it."""
    if data.normalize is None:
        return 1.0
    if data.normalize == "peak":
        return 1 / max(float(np.abs(signal).max()) for signal in (dry, wet))
    return float(10 ** (_LEVEL_DBFS / 20) / max(rms(signal) for signal in (dry, wet)))
