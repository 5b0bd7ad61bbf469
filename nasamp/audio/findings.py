"""What was found in a recording, and whether it can be trained on; docs/recordings.md explains each check."""

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
    """What one check says.

    Attributes:
        check: a key of ``CHECKS``.
        verdict: an error stops; a warning means that the result may be worse than it could be; a note says what was
            done about a recording that is fine.
        found: the file or key, and what was measured.
        advice: what to do; empty where there is nothing to do.
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
        """Return all of it as one line."""
        return f"{self.found}; {self.advice}" if self.advice else self.found


def of(verdict: Verdict, findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings with this verdict, in the order of ``CHECKS``."""
    order = list(CHECKS)
    return sorted((each for each in findings if each.verdict == verdict), key=lambda each: order.index(each.check))


def refuse(findings: Iterable[Finding]) -> None:
    """Raise AudioError that names every error, a line each; do nothing where there is none."""
    if errors := of("error", findings):
        raise AudioError("\n".join(each.line for each in errors))
