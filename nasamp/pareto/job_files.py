"""Sound and curve of a job, as far as its files can be read: a broken one costs itself, and not the report."""

import csv
from collections.abc import Iterable
from pathlib import Path

from nasamp.audio import clip
from nasamp.audio.clip import Clip
from nasamp.errors import AudioError
from nasamp.search.terminal.text import count
from nasamp.training import curve


def curve_of(job: Path) -> curve.Rows:
    """Return the training curve in a job's folder; empty where there is none that can be read."""
    try:
        return curve.read(job)
    except (OSError, ValueError, csv.Error):
        return []


def clip_of(job: Path) -> Clip | None:
    """Return the clip in a job's folder; None where there is none that can be read."""
    try:
        return clip.read(job / clip.FILE) if (job / clip.FILE).exists() else None
    except AudioError:
        return None


def spoilt(jobs: Iterable[Path]) -> list[str]:
    """Return a line for the clips, and one for the curves, that are there and cannot be read."""
    jobs = list(jobs)
    clips = [job for job in jobs if (job / clip.FILE).exists() and clip_of(job) is None]
    curves = [job for job in jobs if (job / curve.FILE).exists() and not curve_of(job)]
    found = ((clips, clip.FILE, "sound is"), (curves, curve.FILE, "training curves are"))
    return [
        f"{file} of {count(len(broken), 'job')} cannot be read, such as {broken[0] / file}; the {what} left out"
        for broken, file, what in found
        if broken
    ]
