"""The result of one check of a recording; docs/recordings.md explains each check."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from nasamp.errors import AudioError

Verdict = Literal["error", "warning", "note", "fine", "not judged"]

CHECKS = {
    "E1": "readable",
    "E2": "equal rates",
    "E3": "expected rate",
    "E4": "length",
    "E5": "channels",
    "E6": "finite samples",
    "E7": "level",
    "E8": "duration",
    "E9": "same take",
    "E10": "causality",
    "W1": "delay",
    "W2": "clipping",
    "W3": "polarity",
    "W4": "DC offset",
    "W5": "silence",
    "W6": "clock",
    "W7": "gain",
    "W8": "repeat",
    "W9": "memory",
    "W10": "split",
    "W11": "order",
    "W12": "noise gate",
    "W13": "tail",
    "W14": "notes in the parts",
}


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes:
        check: a key of ``CHECKS``.
        verdict: an error prevents training; a warning means that results may suffer; a note says how a recording that
            is fine was handled.
        found: the file or key, and what was measured.
        advice: what to do; may be empty.
    """

    check: str
    verdict: Verdict
    found: str
    advice: str = ""

    @property
    def name(self) -> str:
        """Return the id with the check's name, such as ``W6 clock``."""
        return f"{self.check} {CHECKS[self.check]}"

    @property
    def line(self) -> str:
        """Return finding and advice as one line."""
        return f"{self.found}; {self.advice}" if self.advice else self.found


def judged(check: str, found: str, advice: str = "", *, is_fine: bool) -> Finding:
    """Return a finding that is fine, or else a warning with advice."""
    return Finding(check, "fine", found) if is_fine else Finding(check, "warning", found, advice)


def with_verdict(verdict: Verdict, findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings with this verdict, in the order of ``CHECKS``."""
    order = list(CHECKS)
    return sorted((each for each in findings if each.verdict == verdict), key=lambda each: order.index(each.check))


def refuse(findings: Iterable[Finding]) -> None:
    """Raise AudioError with one line per error, if there is any."""
    if errors := with_verdict("error", findings):
        raise AudioError("\n".join(each.line for each in errors))
