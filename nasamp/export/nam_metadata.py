"""The metadata of a .nam: who made it, of what gear, its loudness and gain, its training."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from math import log10
from pathlib import Path
from typing import Any

import soundfile  # type: ignore[import-untyped]
import torch
from torch import Tensor
from torch.nn import functional

from nasamp.models import WaveNet
from nasamp.models.network import in_context

LABELS = ("modeled_by", "gear_type", "gear_make", "gear_model", "tone_type", "input_level_dbu", "output_level_dbu")
GAINS = 11  # input levels, from silence to full scale, at which NAM measures the gain


def metadata(
    net: WaveNet, *, name: str, labels: Mapping[str, Any], training: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Return the metadata.

    Args:
        net: plays signals at the level of the recording.
        name: shown in the plugin.
        labels: the keys of ``LABELS``; None where the user gave nothing.
        training: see ``training``.
        now: the date of the file.
    """
    date = {part: getattr(now, part) for part in ("year", "month", "day", "hour", "minute", "second")}
    given = {key: labels[key] for key in LABELS}
    return {"date": date, "name": name} | given | loudness_and_gain(net) | {"training": dict(training)}


def training(*, validation_esr: float, checks_passed: bool, delay: int | None) -> dict[str, Any]:
    """Return the metadata of the training, with the fields that NAM's own trainer writes.

    Args:
        validation_esr: of the whole validation part.
        checks_passed: whether the recording has no warnings.
        delay: of the output relative to the input, in samples; None if it was not measured.
    """
    warnings = {"matches_lookahead": False, "disagreement_too_high": False, "not_detected": delay is None}
    found = {"delays": [] if delay is None else [delay], "safety_factor": 0, "recommended": delay, "warnings": warnings}
    latency = {"manual": None, "calibration": {"algorithm_version": 1} | found}
    return {
        "settings": {"ignore_checks": False},
        "data": {"latency": latency, "checks": {"version": 1, "passed": checks_passed}},
        "validation_esr": validation_esr,
    }


def loudness_and_gain(net: WaveNet) -> dict[str, float]:
    """Return ``loudness`` in dB and ``gain`` from 0 (linear) to 1 (the output is equally loud at any input level).

    As NAM defines them, measured with NAM's own second of noise at any sample rate: the RMS of the output, and how much
    more area lies under the curve of output over input level than under a straight line. Empty for a silent network.
    """
    levels = torch.linspace(0, 1, GAINS)
    noise = functional.pad(levels[:, None, None] * _noise(), (net.context[0], 0))
    with torch.inference_mode():
        rms = torch.cat([in_context(net, each[None]).square().mean().sqrt()[None] for each in noise]).double()
    if not rms[-1] > 0:
        return {}
    square = float(rms[-1]) * GAINS
    gain = (float(rms.sum()) - square / 2) / (square / 2)
    return {"loudness": 20 * log10(float(rms[-1])), "gain": min(max(gain, 0.0), 1.0)}


@cache
def _noise() -> Tensor:
    """Return NAM's test signal, shape (1, 48000)."""
    samples, _ = soundfile.read(Path(__file__).with_name("loudness_input.flac"), dtype="float32")
    return torch.from_numpy(samples)[None]
