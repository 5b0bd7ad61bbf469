"""The files of a job: where they are, its clip and its training curve. One that cannot be read is left out."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from nasamp.audio import clip
from nasamp.audio.clip import Clip
from nasamp.errors import AudioError
from nasamp.search.terminal.text import count
from nasamp.training import curve

EXPORTS = {"nam": "Neural Amp Modeler", "vox_json": "Neural Vox Modeler", "onnx": "ONNX"}  # by column: what plays it


def place(row: pd.Series | Mapping[str, Any]) -> str:
    """Return phase/name: the job's folder inside the search's, and the id of its point on the page."""
    return f"{row['phase']}/{row['name']}"


def exports(row: pd.Series, runs: Path) -> dict[str, Path]:
    """Return the exported files of a run by their column; they may be on another machine."""
    return {column: runs / row[column] for column in EXPORTS if isinstance(row[column], str) and row[column]}


def nam_of(row: pd.Series, runs: Path) -> Path:
    """Return where a run's .nam is, or would be."""
    return exports(row, runs).get("nam", runs / place(row) / f"{row['name']}.nam")


def curve_of(job: Path) -> curve.Rows:
    """Return the training curve in a job's folder; empty where it is missing or unreadable."""
    try:
        return curve.read(job)
    except (OSError, ValueError, csv.Error):
        return []


def clip_of(job: Path) -> Clip | None:
    """Return the clip in a job's folder; None where it is missing or unreadable."""
    try:
        return clip.read(job / clip.FILE) if (job / clip.FILE).exists() else None
    except AudioError:
        return None


def unreadable(jobs: Iterable[Path]) -> list[str]:
    """Return one line about the clips that cannot be read, and one about the training curves."""
    jobs = list(jobs)
    clips = [job for job in jobs if (job / clip.FILE).exists() and clip_of(job) is None]
    curves = [job for job in jobs if (job / curve.FILE).exists() and not curve_of(job)]
    found = ((clips, clip.FILE, "sound is"), (curves, curve.FILE, "training curves are"))
    return [
        f"{file} of {count(len(broken), 'job')} cannot be read, such as {broken[0] / file}; the {what} left out"
        for broken, file, what in found
        if broken
    ]
