"""A recording as training needs it, on disk: decoded, checked and resampled once, then mapped by every job."""

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
    """Write a recording into a folder named by its digest, unless it is there; return the folder."""
    folder = parent / recording.digest
    nothing = np.empty(0, np.float32)
    described = asdict(replace(recording, input=nothing, output=nothing))
    text = json.dumps(described | {"digest": recording.digest}, default=_ends, indent=1)
    for name in _SIGNALS:
        path, signal = folder / f"{name}.npy", getattr(recording, name)
        if not _is_whole(path, len(signal)):
            with replacing(path) as draft:
                np.save(draft, signal)
    write_text(folder / _DESCRIPTION, text)
    return folder


def read(folder: Path) -> Recording:
    """Return the recording of a folder; its signals are mapped, not copied, so that jobs share their memory.

    Raises:
        AudioError: where the folder is gone or torn.
    """
    try:
        described: dict[str, Any] = json.loads((folder / _DESCRIPTION).read_text("utf-8"))
        signals = {name: np.load(folder / f"{name}.npy", mmap_mode="c") for name in _SIGNALS}
    except (OSError, ValueError) as error:
        raise AudioError(f"{folder}: cannot be read ({error}); the search's command makes it again") from None
    digest = described.pop("digest")
    described["split"] = Split(**{part: _slices(ends) for part, ends in described["split"].items()})
    described["findings"] = tuple(Finding(**each) for each in described["findings"])
    described["repeat"] = _slices(described["repeat"]) if described["repeat"] else None
    recording = Recording(**described | signals)
    recording.__dict__["digest"] = digest  # of the samples that were written; not computed by every job
    return recording


def _is_whole(path: Path, samples: int) -> bool:
    try:
        return len(np.load(path, mmap_mode="r")) == samples
    except (OSError, ValueError):
        return False


def _ends(value: Any) -> list[int]:
    """Return what JSON does not know: a slice, or the array that stands for a signal."""
    return [value.start, value.stop] if isinstance(value, slice) else []


def _slices(ends: list[list[int]]) -> tuple[slice, ...]:
    return tuple(slice(start, stop) for start, stop in ends)
