"""Measures aliasing: the energy between the harmonics of a model's output for a sine.

Distortion makes harmonics beyond half the sample rate, which fold back to frequencies that a real amp does not produce.
The measure is the aliasing-to-signal ratio of arXiv 2505.04082: a whole number of periods in a prime number of
samples, so that no folded harmonic coincides with a true one. Unlike there, DC does not count as aliasing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import nan

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nasamp.metrics.error import decibels

SAMPLES = 16_381  # a prime; bins of 2.7 Hz at 44.1 kHz
NOTES_HZ = (329.6, 659.3, 1318.5)  # E4, E5, E6: the open high string, its 12th and its 24th fret
LEVELS = (0.05, 0.2, 0.5)  # amplitudes, 1 = full scale: a soft, a usual and a hard note
SILENCE = 1e-6  # amplitude; an output below it is only rounding error

Play = Callable[[Tensor], Tensor]  # (batch, 1, samples) to the same shape, padded with zeros


@dataclass(frozen=True)
class Aliasing:
    """The aliasing-to-signal ratio at one frequency and amplitude."""

    hertz: float
    level: float
    ratio: float

    def __str__(self) -> str:
        """Return the ratio in dB with its note, as in the log."""
        return f"{self.hertz:.0f} Hz at amplitude {self.level:g}: {decibels(self.ratio):.1f} dB"


def measure(play: Play, *, context: tuple[int, int], sample_rate: int) -> list[Aliasing]:
    """Return the aliasing-to-signal ratio at each note and level.

    Args:
        play: the model.
        context: number of samples before and after a sample that its output depends on.
        sample_rate: Hz.
    """
    left, right = context
    cycles = [max(1, round(hertz * SAMPLES / sample_rate)) for hertz in NOTES_HZ]
    phase = 2 * torch.pi * torch.arange(left + SAMPLES + right, dtype=torch.float64) / SAMPLES
    found = []
    for count in cycles:
        sines = torch.stack([level * torch.sin(count * phase) for level in LEVELS]).float()
        with torch.inference_mode():
            outputs = play(sines[:, None])[:, 0, left : left + SAMPLES]
        for level, output in zip(LEVELS, outputs.double().cpu().numpy(), strict=True):
            found.append(Aliasing(count * sample_rate / SAMPLES, level, ratio(output, count)))
    return found


def worst(found: list[Aliasing]) -> Aliasing:
    """Return the entry with the highest ratio; a silent note counts only if all are silent."""
    return max(found, key=lambda entry: entry.ratio if entry.ratio >= 0 else -1)


def ratio(output: NDArray[np.float64], cycles: int) -> float:
    """Return the energy between the harmonics over the energy of the harmonics, without DC; NaN for silence.

    Args:
        output: shape (samples,), exactly ``cycles`` periods of a steady sound; the length is a prime number.
        cycles: number of periods.
    """
    energy = np.abs(np.fft.rfft(output)) ** 2
    energy[0] = 0
    harmonics = energy[cycles::cycles].sum()
    energy[cycles::cycles] = 0
    return float(energy.sum() / harmonics) if harmonics > (SILENCE * len(output) / 2) ** 2 else nan
