"""A plucked string by extended Karplus-Strong synthesis.

Karplus & Strong 1983; Jaffe & Smith 1983, both Computer Music Journal 7(2).
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import signal  # type: ignore[import-untyped]

Signal = NDArray[np.float64]

PICKUP_POSITION = 0.22  # from the bridge, as a share of the string


@dataclass(frozen=True)
class Note:
    """One note; ``start`` and ``seconds`` in seconds."""

    start: float
    seconds: float
    pitch: int  # MIDI, 69 = 440 Hz
    velocity: float  # 0..1.1, loudness and brightness
    mute: float = 0.0  # palm mute, 0 open .. 1 dead
    pick_position: float = 0.13  # from the bridge, as a share of the string
    bend: int = 0  # semitones, reached around the middle of the note
    vibrato: float = 0.0  # semitones, peak


def pluck(note: Note, sample_rate: int, rng: Generator) -> Signal:
    """Return the sound of one note, ``round(note.seconds * sample_rate)`` samples from the pick's attack on."""
    period = sample_rate / (440.0 * 2 ** ((note.pitch - 69) / 12))
    samples = round(note.seconds * sample_rate)
    spare = (
        samples // 4 + 4 if note.bend or note.vibrato else 0
    )  # with a bend the string is read up to 1.15 times as fast
    string = ring(_excitation(samples + spare, period, note, sample_rate, rng), period, note.mute, sample_rate)
    sound = _comb(string, 0.7, PICKUP_POSITION * period)
    if spare:
        sound = _read_at(sound, _positions(samples, note, sample_rate))
    return note.velocity * sound * _envelope(samples, sample_rate)


def _excitation(samples: int, period: float, note: Note, sample_rate: int, rng: Generator) -> Signal:
    """Return a period of a plucked string's shape plus noise: darker for soft notes, comb-filtered by pick position."""
    length = min(samples, int(period))
    along = np.arange(length)
    rise, fall = note.pick_position * length + 1, (1 - note.pick_position) * length + 1
    triangle = np.minimum(along / rise, (length - along) / fall)
    shape = np.zeros(samples)
    shape[:length] = 1.6 * (triangle - triangle.mean()) + 0.3 * rng.standard_normal(length)
    pole = np.exp(-2 * np.pi * (450 + 3200 * note.velocity**2) / sample_rate)
    return _comb(signal.lfilter([(1 - pole) ** 2], [1, -2 * pole, pole**2], shape), 0.9, note.pick_position * period)


def ring(excitation: Signal, period: float, mute: float, sample_rate: int) -> Signal:
    """Return the string's vibration for an excitation: each round trip damps it, high frequencies more.

    The loop is a delay of ``whole`` samples, a two-tap low-pass (its delay is ``damping``) and a
    linear interpolation for the rest of the period.
    """
    damping = 0.22 + 0.26 * mute
    whole = int(period - damping)
    part = period - damping - whole
    open_seconds = 7 * (110 * period / sample_rate) ** 0.35  # to -60 dB
    decay_seconds = open_seconds ** (1 - mute) * 0.22**mute
    gain = 10 ** (-3 * period / sample_rate / decay_seconds)
    taps = gain * np.convolve([1 - damping, damping], [1 - part, part])
    past = whole + 2
    string = np.concatenate([np.zeros(past), excitation])
    for start in range(past, len(string), whole):  # one round trip at a time: it depends only on earlier ones
        stop = min(start + whole, len(string))
        for delay, tap in enumerate(taps, start=whole):
            string[start:stop] += tap * string[start - delay : stop - delay]
    return string[past:]


def _comb(sound: Signal, depth: float, delay: float) -> Signal:
    """Return the sound minus its echo, which removes the harmonics that have a node at that place of the string."""
    shift = max(1, int(delay))
    combed = sound.copy()
    combed[shift:] -= depth * sound[:-shift]
    return combed


def _positions(samples: int, note: Note, sample_rate: int) -> Signal:
    """Return the positions at which to read the sound, for bend and vibrato."""
    time = np.arange(samples) / sample_rate
    bend = note.bend / (1 + np.exp(-18 * (time - 0.35 * note.seconds)))
    vibrato = note.vibrato * np.sin(2 * np.pi * 5.5 * time) * np.minimum(4 * time, 1)  # Hz; full after 250 ms
    speed = 2 ** ((bend + vibrato) / 12)
    return np.asarray(np.cumsum(speed) - speed[0])


def _read_at(sound: Signal, positions: Signal) -> Signal:
    """Return the sound at fractional positions, by Catmull-Rom interpolation."""
    index = positions.astype(int)
    part = positions - index
    before, here, after, beyond = (sound[np.maximum(index + offset, 0)] for offset in (-1, 0, 1, 2))
    curve = 2 * before - 5 * here + 4 * after - beyond + part * (3 * (here - after) + beyond - before)
    return np.asarray(here + 0.5 * part * (after - before + part * curve))


def _envelope(samples: int, sample_rate: int) -> Signal:
    """Return the gain of a note: 1.5 ms attack, 15 ms release."""
    envelope = np.ones(samples)
    attack, release = min(samples, int(0.0015 * sample_rate)), min(samples, int(0.015 * sample_rate))
    envelope[:attack] = np.linspace(0, 1, attack)
    envelope[samples - release :] *= np.linspace(1, 0, release)
    return envelope
