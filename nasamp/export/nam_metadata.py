"""What a .nam says about itself: who made it, of what, how loud it is, how it was trained."""

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
GAINS = 11  # levels of the input from silence to full, at which NAM measures the gain


def metadata(
    net: WaveNet, *, name: str, labels: Mapping[str, Any], training: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Return all of it.

    Args:
        net: plays signals at the level of the recording.
        name: shown in the plugin.
        labels: the keys of ``LABELS``; null where the user said nothing.
        training: see ``training``.
        now: the date of the file.
    """
    date = {part: getattr(now, part) for part in ("year", "month", "day", "hour", "minute", "second")}
    said = {key: labels[key] for key in LABELS}
    return {"date": date, "name": name} | said | loudness_and_gain(net) | {"training": dict(training)}


def training(*, validation_esr: float, checks_passed: bool, delay: int | None) -> dict[str, Any]:
    """Return the part about the training, with the fields of NAM's own trainer.

    Args:
        validation_esr: pooled.
        checks_passed: whether nothing was found wrong with the recording.
        delay: in samples, of the output against the input; None where it was not measured.
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
    """Return ``loudness`` in dB and ``gain`` from 0 (linear) to 1 (any input comes out equally loud).

    NAM's definition, on NAM's own second of noise, whatever the sample rate: the RMS of the output, and how much
    more area lies under the curve of output against input level than under a straight line. A network that is
    silent has neither.
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
    """Return NAM's input for this measurement, shape (1, 48000)."""
    samples, _ = soundfile.read(Path(__file__).with_name("loudness_input.flac"), dtype="float32")
    return torch.from_numpy(samples)[None]
