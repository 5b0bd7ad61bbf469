"""What a model adds between the harmonics: a sine in, and all that comes out off its multiples.

A distortion makes harmonics beyond half the sample rate, and these fold back to frequencies that no amp plays.
The measure is the aliasing-to-signal ratio of arXiv 2505.04082: a whole number of periods in a prime number of
samples, so that no folded harmonic lands on a true one. Unlike there, a direct current is no aliasing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import nan

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nasamp.metrics.error import decibels

SAMPLES = 16_381  # a prime; 2.7 Hz between two bins at 44.1 kHz
NOTES_HZ = (329.6, 659.3, 1318.5)  # E4, E5, E6: the open high string, its 12th and its 24th fret
LEVELS = (0.05, 0.2, 0.5)  # amplitudes, 1 = full scale: a soft, a usual and a hard note
SILENCE = 1e-6  # amplitude; below it there are only rounding errors to compare

Play = Callable[[Tensor], Tensor]  # (batch, 1, samples) to the same shape, with zeros around


@dataclass(frozen=True)
class Aliasing:
    """The ratio at one note and level."""

    hertz: float
    level: float
    ratio: float

    def __str__(self) -> str:
        """Return it as a log shows it."""
        return f"{self.hertz:.0f} Hz at amplitude {self.level:g}: {decibels(self.ratio):.1f} dB"


def measure(play: Play, *, context: tuple[int, int], sample_rate: int) -> list[Aliasing]:
    """Return the ratio at each note and level.

    Args:
        play: the model.
        context: how many samples before and after a sample its output depends on.
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
    """Return the entry with the highest ratio; a note that gave no sound does not count if another did."""
    return max(found, key=lambda entry: entry.ratio if entry.ratio >= 0 else -1)


def ratio(output: NDArray[np.float64], cycles: int) -> float:
    """Return the energy off the harmonics over that on them, without the direct current; NaN for silence.

    Args:
        output: shape (samples,), exactly ``cycles`` periods of a steady sound; the length is a prime number.
        cycles: periods in it.
    """
    energy = np.abs(np.fft.rfft(output)) ** 2
    energy[0] = 0
    harmonics = energy[cycles::cycles].sum()
    energy[cycles::cycles] = 0
    return float(energy.sum() / harmonics) if harmonics > (SILENCE * len(output) / 2) ** 2 else nan
