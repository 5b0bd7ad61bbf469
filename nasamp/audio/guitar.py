"""The built-in guitar: synthesized riffs as an audio interface would record them.

A score is drawn at random from tables, each note is played on its own string model, and a pickup model sums them.
"""

import numpy as np
from numpy.random import Generator
from scipy import signal  # type: ignore[import-untyped]

from nasamp.audio.score import compose
from nasamp.audio.string import Signal, pluck

PEAK = 0.5  # where the 99.995 % quantile of the magnitude lands
HUM, HISS = 2e-4, 6e-5  # 50 Hz amplitude and noise RMS; single notes peak near 1
PICKUP_HZ, PICKUP_Q = 3200.0, 1.4  # resonance of the coil with its cable


def performance(seconds: float, sample_rate: int, seed: int = 0) -> Signal:
    """Return ``round(seconds * sample_rate)`` samples of guitar; the same arguments give the same samples.

    The 99.995 % quantile of the magnitude is 0.5; single samples are slightly higher.
    """
    rng = np.random.default_rng(seed)
    strings = np.zeros(round(seconds * sample_rate))
    for note in compose(rng, seconds):
        start = round(note.start * sample_rate)
        sound = pluck(note, sample_rate, rng)[: len(strings) - start]
        strings[start : start + len(sound)] += sound
    dry = _pickup(strings, sample_rate) + _hum(len(strings), sample_rate, rng)
    scaled: Signal = dry * (PEAK / np.quantile(np.abs(dry), 0.99995))
    return scaled


def _pickup(strings: Signal, sample_rate: int) -> Signal:
    """Return the pickup's voltage: the strings through the coil's second-order resonance, without DC."""
    omega = 2 * np.pi * PICKUP_HZ
    coil = signal.bilinear([omega**2], [1, omega / PICKUP_Q, omega**2], sample_rate)
    coupling = signal.butter(1, 25, "highpass", fs=sample_rate)
    return np.asarray(signal.lfilter(*coupling, signal.lfilter(*coil, strings)))


def _hum(samples: int, sample_rate: int, rng: Generator) -> Signal:
    mains = HUM * np.sin(2 * np.pi * 50 * np.arange(samples) / sample_rate)
    return np.asarray(mains + HISS * rng.standard_normal(samples))
