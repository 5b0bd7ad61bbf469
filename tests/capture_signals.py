"""The signals that captures are made with, rebuilt from their published structure out of the built-in guitar."""

from functools import cache

import numpy as np

from nasamp.audio.guitar import performance

Signal = np.ndarray
RATE = 16_000  # of most tests; the structure is in seconds


@cache
def guitar(rate: int) -> Signal:
    return performance(215, rate).astype(np.float32)


def v3(rate: int = RATE) -> Signal:
    """Validation 0-9 s, clicks at 10.5 and 11.5, chirps 12-15, noise 15-17, training 17-180.5, validation 181-190."""
    dry = np.zeros(190 * rate, np.float32)
    _put(dry, rate, 0, _passage(rate))
    _put(dry, rate, 12, _chirp(3, rate), _noise(2, rate), _training(163.5, rate))
    _put(dry, rate, 181, _passage(rate))
    return _clicked(dry, rate, 10.5, 11.5)


def v2(rate: int = RATE) -> Signal:
    """Clicks at 0.5 and 1.5 s, chirps, noise 5-7, training 7-170.5, validation at 171 and 180, clicks at the end."""
    dry = np.zeros(191 * rate, np.float32)
    _put(dry, rate, 2, _chirp(3, rate), _noise(2, rate), _training(163.5, rate))
    _put(dry, rate, 171, _passage(rate), _passage(rate))
    return _clicked(dry, rate, 0.5, 1.5, 189.5, 190.5)


def v1(rate: int = RATE) -> Signal:
    """Clicks at 0.25 and 0.75 s, sweeps 1-4, noise 4-7, training, and what validates in the last 9 s, played once."""
    dry = np.zeros(189 * rate, np.float32)
    _put(dry, rate, 1, _chirp(3, rate), _noise(3, rate), _training(173, rate), _passage(rate))
    return _clicked(dry, rate, 0.25, 0.75)


def proteus(rate: int = RATE) -> Signal:
    """Clicks at 0 and 0.5 s, sweeps 1-9, noise 9-20.3, then training."""
    dry = np.zeros(210 * rate, np.float32)
    _put(dry, rate, 1, _chirp(8, rate), _noise(11.3, rate), _training(189.7, rate))
    return _clicked(dry, rate, 0.0, 0.5)


def _put(dry: Signal, rate: int, second: float, *pieces: Signal) -> None:
    start = round(second * rate)
    for piece in pieces:
        dry[start : start + len(piece)] = piece[: len(dry) - start]
        start += len(piece)


def _passage(rate: int) -> Signal:
    return guitar(rate)[20 * rate : 29 * rate]


def _training(seconds: float, rate: int) -> Signal:
    rest = np.concatenate([guitar(rate)[: 20 * rate], guitar(rate)[29 * rate :]])
    return rest[: round(seconds * rate)]


def _chirp(seconds: float, rate: int) -> Signal:
    time = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * (20 * time + (rate / 2.2 - 20) / seconds / 2 * time**2))).astype(np.float32)


def _noise(seconds: float, rate: int) -> Signal:
    return np.random.default_rng(3).normal(0, 0.1, round(seconds * rate)).astype(np.float32)


def _clicked(dry: Signal, rate: int, *seconds: float) -> Signal:
    for second in seconds:
        dry[round(second * rate)] = 0.9
    return dry
