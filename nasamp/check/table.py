"""Formats the findings of a recording as a table, for the terminal and for Markdown."""

import io
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nasamp import tables
from nasamp.audio.findings import Finding, Verdict, with_verdict

VERDICTS: tuple[Verdict, ...] = ("error", "warning", "note", "fine", "not judged")
_COLOURS = {"error": "bold red", "warning": "yellow", "note": "cyan", "fine": "green", "not judged": "dim"}
_HEADER = ("verdict", "check", "finding", "what to do")
_UNBROKEN = 10_000  # columns; a pipe gets each finding on one line


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings, the most severe first."""
    known = list(findings)
    return [finding for verdict in VERDICTS for finding in with_verdict(verdict, known)]


def terminal(findings: Sequence[Finding], paths: Sequence[Path]) -> str:
    """Return the findings as text: in a terminal coloured and wrapped, in a pipe plain with one line each."""
    is_terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if is_terminal else _UNBROKEN
    console = Console(file=io.StringIO(), width=width, force_terminal=is_terminal, highlight=False)
    table = Table(*_HEADER, box=None, pad_edge=False)
    for finding in ordered(findings):
        cells = (finding.verdict, finding.name, short(finding.found, paths), finding.advice)
        table.add_row(*(Text(cell, style=_COLOURS[finding.verdict] if i == 0 else "") for i, cell in enumerate(cells)))
    console.print(table)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in lines)


def markdown(findings: Sequence[Finding], paths: Sequence[Path]) -> str:
    """Return the findings as a Markdown table."""
    rows = [
        (finding.verdict, finding.name, short(finding.found, paths), finding.advice) for finding in ordered(findings)
    ]
    return tables.markdown([(title, False) for title in _HEADER], rows)


def counted(findings: Sequence[Finding]) -> str:
    """Return the number of findings of each verdict, as text.

    >>> counted([Finding("E1", "fine", "a.wav: WAV"), Finding("E8", "error", "a.wav: only 2.0 s")])
    '1 error, 1 fine'
    """
    counts = {verdict: len(with_verdict(verdict, findings)) for verdict in VERDICTS}
    plural = {
        verdict: "s" if verdict in ("error", "warning", "note") and count > 1 else ""
        for verdict, count in counts.items()
    }
    return ", ".join(f"{count} {verdict}{plural[verdict]}" for verdict, count in counts.items() if count)


def short(text: str, paths: Sequence[Path]) -> str:
    """Return text with each path shortened to its file name, unless the names are equal.

    >>> short("a/dry.wav: mono", [Path("a/dry.wav"), Path("a/wet.wav")])
    'dry.wav: mono'
    """
    if len({path.name for path in paths}) == len(paths):
        for path in paths:
            text = text.replace(str(path), path.name)
    return text
