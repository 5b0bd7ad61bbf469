"""Prints text, formats counts and durations, and discards further output."""

import os
import sys


def count(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> count(1, "job"), count(2, "job")
    ('1 job', '2 jobs')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def duration(seconds: float) -> str:
    """Return a duration in s, min or h.

    >>> duration(7), duration(754), duration(9000)
    ('7 s', '13 min', '2.5 h')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def say(line: str) -> None:
    """Print text, if there is any; the search continues if the output is closed or its disk is full."""
    try:
        if line:
            print(line, flush=True)  # noqa: T201
    except OSError as error:
        print(f"warning: cannot write the output: {error.strerror}; the search continues", file=sys.stderr)  # noqa: T201
        silence_output()


def silence_output() -> None:
    """Discard all further standard output, also what is buffered, on which Python would fail at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
