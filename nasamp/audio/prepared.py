"""Writes a recording to disk in the form that training needs; every job maps the same files into memory."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from nasamp.atomic import replacing, write_text
from nasamp.audio.findings import Finding
from nasamp.audio.recording import Recording
from nasamp.audio.split import Split
from nasamp.errors import AudioError

_SIGNALS = ("input", "output")
_DESCRIPTION = "recording.json"


def write(recording: Recording, parent: Path) -> Path:
    """Write a recording into a folder named by its digest, unless it exists; return the folder."""
    folder = parent / recording.digest
    nothing = np.empty(0, np.float32)
    described = asdict(replace(recording, input=nothing, output=nothing))
    text = json.dumps(described | {"digest": recording.digest}, default=_ends, indent=1)
    for name in _SIGNALS:
        path, signal = folder / f"{name}.npy", getattr(recording, name)
        if not _is_complete(path, len(signal)):
            with replacing(path) as draft:
                np.save(draft, signal)
    write_text(folder / _DESCRIPTION, text)
    return folder


def read(folder: Path) -> Recording:
    """Return the recording of a folder; its signals are memory-mapped, so that jobs share them.

    Raises:
        AudioError: where the folder is missing or incomplete.
    """
    try:
        described: dict[str, Any] = json.loads((folder / _DESCRIPTION).read_text("utf-8"))
        signals = {name: np.load(folder / f"{name}.npy", mmap_mode="c") for name in _SIGNALS}
    except (OSError, ValueError) as error:
        raise AudioError(f"{folder}: cannot be read ({error}); run the search's command again to rebuild it") from None
    digest = described.pop("digest")
    described["split"] = Split(**{part: _slices(ends) for part, ends in described["split"].items()})
    described["findings"] = tuple(Finding(**each) for each in described["findings"])
    described["repeat"] = _slices(described["repeat"]) if described["repeat"] else None
    recording = Recording(**described | signals)
    recording.__dict__["digest"] = digest  # computed when it was written, not by every job
    return recording


def _is_complete(path: Path, samples: int) -> bool:
    try:
        return len(np.load(path, mmap_mode="r")) == samples
    except (OSError, ValueError):
        return False


def _ends(value: Any) -> list[int]:
    """Return a slice as JSON can hold it, and an empty list for the placeholder of a signal."""
    return [value.start, value.stop] if isinstance(value, slice) else []


def _slices(ends: list[list[int]]) -> tuple[slice, ...]:
    return tuple(slice(start, stop) for start, stop in ends)
