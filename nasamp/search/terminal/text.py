"""Plain tables and durations for the terminal; a pipe gets every row whole."""

import os
import sys
from collections.abc import Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return columns padded to their widest cell; numbers stand right, words left.

    >>> print(table(["name", "ms"], [["a", 1.5], ["bcd", 12]]))
    name   ms
    a     1.5
    bcd    12
    """
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    right = [bool(rows) and all(_is_number(row[i]) for row in cells) for i in range(len(header))]
    lines = [
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        )
        for row in [list(header), *cells]
    ]
    return "\n".join(line.rstrip() for line in lines)


def count(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> count(1, "job"), count(2, "job")
    ('1 job', '2 jobs')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def duration(seconds: float) -> str:
    """Return a time as people say it.

    >>> duration(7), duration(754), duration(9000)
    ('7 s', '13 min', '2.5 h')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def silence_output() -> None:
    """Send all further output nowhere, also what waits to be written: Python would fail on it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _is_number(cell: str) -> bool:
    return (
        cell in ("", "-") or cell.replace(",", "").replace(".", "", 1).replace("-", "", 1).replace("e", "", 1).isdigit()
    )
