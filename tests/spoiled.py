"""Faults of recordings: functions that damage a good pair, or that return such a function."""

from collections.abc import Callable

import numpy as np

RATE = 16_000
Signal = np.ndarray
Change = Callable[[Signal, Signal], tuple[Signal, Signal]]


def later(samples: int) -> Change:
    """Return a change that delays the output; negative: earlier."""
    return lambda dry, wet: (dry, np.roll(wet, samples))


def longer(seconds: float) -> Change:
    return lambda dry, wet: (dry, np.resize(wet, len(wet) + round(seconds * RATE)))


def first(seconds: float) -> Change:
    return lambda dry, wet: (dry[: round(seconds * RATE)], wet[: round(seconds * RATE)])


def stereo(difference: float) -> Change:
    return lambda dry, wet: (dry, np.stack([wet, wet + difference * np.sign(wet)], 1).astype(np.float32))


def at_level(dbfs: float) -> Change:
    return lambda dry, wet: (dry, wet * np.float32(10 ** (dbfs / 20) / wet.std()))


def offset(share: float) -> Change:
    return lambda dry, wet: (dry, wet - wet.mean() + np.float32(share * wet.std()))


def resting(share: float) -> Change:
    def change(dry: Signal, wet: Signal) -> tuple[Signal, Signal]:
        keep = np.arange(len(dry)) % (10 * RATE) >= share * 10 * RATE  # rests all over, so that no third is silent
        return dry * keep, wet * keep

    return change


def flat_tops(runs: int, samples: int) -> Change:
    def change(dry: Signal, wet: Signal) -> tuple[Signal, Signal]:
        wet = wet.copy()
        for run in range(runs):
            wet[1000 + 500 * run : 1000 + 500 * run + samples] = 0.9
        return dry, wet

    return change


def late_half(samples: int = 0, gain_db: float = 0.0) -> Change:
    def change(dry: Signal, wet: Signal) -> tuple[Signal, Signal]:
        half = len(wet) // 2
        second = np.roll(wet, samples)[half:] * np.float32(10 ** (gain_db / 20))
        return dry, np.concatenate([wet[:half], second])

    return change


def backwards(dry: Signal, wet: Signal) -> tuple[Signal, Signal]:
    return np.ascontiguousarray(dry[::-1]), wet


def noisy(dry: Signal, wet: Signal) -> tuple[Signal, Signal]:
    """Return an output with noise at its own level."""
    return dry, wet + np.random.default_rng(0).normal(0, wet.std(), len(wet)).astype(np.float32)


def broken(dry: Signal, wet: Signal) -> tuple[Signal, Signal]:
    return dry, np.where(np.arange(len(wet)) == RATE, np.float32(np.inf), wet)


def inverted(dry: Signal, wet: Signal) -> tuple[Signal, Signal]:
    return dry, -wet


def untouched(dry: Signal, wet: Signal) -> tuple[Signal, Signal]:
    return dry, wet
