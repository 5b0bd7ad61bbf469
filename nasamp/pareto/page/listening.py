"""Clips for the page: target and model in one small file each, and how loud their difference is."""

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import soundfile  # type: ignore[import-untyped]
from numpy.typing import NDArray

from nasamp.audio.clip import Clip
from nasamp.pareto.job_files import clip_of

ROOM = 9_500_000  # characters of clips, data and tables; with plotly's 4.8 MB the page stays below 15 MB
_PEAK = 0.89  # -1 dBFS


def in_turn(groups: Iterable[Sequence[str]]) -> list[str]:
    """Return the first of each group, then the second of each, and so on, each once.

    >>> in_turn([["a", "b"], ["c"], ["a", "d"]])
    ['a', 'c', 'b', 'd']
    """
    turns = zip_longest(*groups)
    return list(dict.fromkeys(each for turn in turns for each in turn if each is not None))


def clips(wanted: Sequence[str], folders: Mapping[str, Path], *, room: int) -> dict[str, dict[str, Any]]:
    """Return the clips of those models that have one, the first ones first, as long as there is room.

    Args:
        wanted: ids of points.
        folders: the job's folder of each.
    """
    found: dict[str, dict[str, Any]] = {}
    for point in wanted:
        if heard := clip_of(folders[point]):
            packed = pack(heard)
            room -= len(packed["flac"])
            if room < 0:
                break
            found[point] = packed
    return found


def pack(heard: Clip) -> dict[str, Any]:
    """Return a clip as the page plays it.

    ``flac`` is base64 of 16-bit FLAC, the target on the left and the model, at the target's level, on the right;
    ``gain`` is the factor that brought it there, and ``boost`` the one that brings the difference (of the model as it
    is) to the target's level, or as near as it may without clipping. ``esr`` is of these seconds alone.
    """
    target, model = (signal.astype(np.float64) for signal in (heard.target, heard.model))
    loudness, gain = _rms(target), _rms(target) / max(_rms(model), 1e-9)
    factor = _PEAK / max(np.abs(target).max(), np.abs(model * gain).max(), 1e-9)
    error = (model - target) * factor
    boost = min(loudness * factor / max(_rms(error), 1e-9), _PEAK / max(np.abs(error).max(), 1e-9))
    file = io.BytesIO()
    frames = np.column_stack([target, model * gain]) * factor
    soundfile.write(file, frames, heard.sample_rate, "PCM_16", format="FLAC")
    return {
        "flac": base64.b64encode(file.getvalue()).decode(),
        "seconds": len(target) / heard.sample_rate,
        "gain": gain,
        "boost": boost,
        "esr": float(np.sum((model - target) ** 2) / max(np.sum(target**2), 1e-9)),
    }


def _rms(signal: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(signal**2)))
