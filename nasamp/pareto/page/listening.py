"""Packs clips for the page: target and model in one small file, and the level of their difference."""

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import soundfile  # type: ignore[import-untyped]

from nasamp.audio.clip import Clip
from nasamp.audio.levels import rms
from nasamp.pareto.job_files import clip_of

ROOM = 9_500_000  # characters for clips, data and tables; with plotly's 4.8 MB the page stays below 15 MB
_PEAK = 0.89  # -1 dBFS


def in_turn(groups: Iterable[Sequence[str]]) -> list[str]:
    """Return the first of each group, then the second of each, and so on, each once.

    >>> in_turn([["a", "b"], ["c"], ["a", "d"]])
    ['a', 'c', 'b', 'd']
    """
    turns = zip_longest(*groups)
    return list(dict.fromkeys(each for turn in turns for each in turn if each is not None))


def clips(wanted: Sequence[str], folders: Mapping[str, Path], *, room: int) -> dict[str, dict[str, Any]]:
    """Return the clips of the models that have one, in this order, as long as there is room."""
    found: dict[str, dict[str, Any]] = {}
    for point in wanted:
        if clip := clip_of(folders[point]):
            packed = pack(clip)
            room -= len(packed["flac"])
            if room < 0:
                break
            found[point] = packed
    return found


def pack(clip: Clip) -> dict[str, Any]:
    """Return a clip in the form that the page plays.

    ``flac`` is 16-bit FLAC in base64, with the target on the left and the model, scaled by ``gain`` to the target's
    level, on the right. ``boost`` scales the difference (with the unscaled model) to the target's level, or as close as
    is possible without clipping. ``esr`` is that of this clip.
    """
    target, model = (signal.astype(np.float64) for signal in (clip.target, clip.model))
    loudness, gain = rms(target), rms(target) / max(rms(model), 1e-9)
    factor = _PEAK / max(np.abs(target).max(), np.abs(model * gain).max(), 1e-9)
    error = (model - target) * factor
    boost = min(loudness * factor / max(rms(error), 1e-9), _PEAK / max(np.abs(error).max(), 1e-9))
    file = io.BytesIO()
    frames = np.column_stack([target, model * gain]) * factor
    soundfile.write(file, frames, clip.sample_rate, "PCM_16", format="FLAC")
    return {
        "flac": base64.b64encode(file.getvalue()).decode(),
        "seconds": len(target) / clip.sample_rate,
        "gain": gain,
        "boost": boost,
        "esr": float(np.sum((model - target) ** 2) / max(np.sum(target**2), 1e-9)),
    }
