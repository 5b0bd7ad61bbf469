"""The built-in guitar: riffs as an audio interface would record them, for searches without a recording.

First a score is drawn from tables, then each note is played on an extended Karplus-Strong string
(Karplus & Strong 1983; Jaffe & Smith 1983, both Computer Music Journal 7(2)).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import signal  # type: ignore[import-untyped]

Signal = NDArray[np.float64]
Choice = TypeVar("Choice")

PEAK = 0.5  # where the 99.995 % quantile of the magnitude lands
HUM, HISS = 2e-4, 6e-5  # 50 Hz amplitude and noise RMS, where single notes peak near 1
PICKUP_HZ, PICKUP_Q = 3200.0, 1.4  # resonance of the coil with its cable
PICKUP_POSITION = 0.22  # from the bridge, as a share of the string

OPEN_STRINGS = (40, 45, 50, 55, 59, 64)  # MIDI pitches, E2 A2 D3 G3 B3 E4
PENTATONIC = (0, 3, 5, 7, 10, 12, 15)  # semitones above the root
CHORDS: tuple[tuple[int | None, ...], ...] = (  # fret of each string, None = not played
    (0, 2, 2, None, None, None),  # E5
    (None, 0, 2, 2, None, None),  # A5
    (3, 5, 5, None, None, None),  # G5
    (0, 2, 2, 0, 0, 0),  # Em
    (3, 2, 0, 0, 0, 3),  # G
    (None, 3, 2, 0, 1, 0),  # C
    (None, 0, 2, 2, 1, 0),  # Am
    (None, None, 0, 2, 3, 2),  # D
    (1, 3, 3, 2, 1, 1),  # F
)
DYNAMICS, DYNAMICS_SHARES = (0.3, 0.5, 0.7, 0.85, 1.0), (0.1, 0.2, 0.3, 0.25, 0.15)


@dataclass(frozen=True)
class Note:
    """One plucked string; ``start`` and ``seconds`` in seconds."""

    start: float
    seconds: float
    pitch: int  # MIDI, 69 = 440 Hz
    velocity: float  # 0..1.1, loudness and brightness
    mute: float = 0.0  # palm mute, 0 open .. 1 dead
    pick_position: float = 0.13  # from the bridge, as a share of the string
    bend: int = 0  # semitones, reached around the middle of the note
    vibrato: float = 0.0  # semitones, peak


@dataclass(frozen=True)
class Phrase:
    """What the strokes of one riff have in common."""

    seconds: float
    beat: float  # seconds
    dynamics: float  # mean velocity
    chord: tuple[int, ...]  # MIDI pitches, low to high


Stroke = tuple[list[Note], float]  # notes, their start counted from the stroke, and seconds to the next stroke


@dataclass(frozen=True)
class Riff:
    """A way of playing, its share of all phrases, and how long a phrase of it lasts in seconds."""

    stroke: Callable[[Generator, Phrase], Stroke]
    share: float
    shortest: float
    longest: float


def performance(seconds: float, sample_rate: int, seed: int = 0) -> Signal:
    """Return ``round(seconds * sample_rate)`` samples of guitar, the same ones for the same arguments.

    The 99.995 % quantile of the magnitude is 0.5; single samples reach a little higher.
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


# The score


def compose(rng: Generator, seconds: float) -> list[Note]:
    """Return notes that start before ``seconds``, phrase after phrase."""
    notes: list[Note] = []
    now = 0.1
    while now < seconds:
        riff = _pick(rng, RIFFS, [riff.share for riff in RIFFS])
        phrase = _phrase(rng, riff)
        end = now + phrase.seconds
        while now < end:
            stroke, step = riff.stroke(rng, phrase)
            notes += [replace(note, start=now + note.start) for note in stroke]
            now += step * rng.uniform(0.98, 1.02)
    return [note for note in notes if note.start < seconds]


def _phrase(rng: Generator, riff: Riff) -> Phrase:
    return Phrase(
        seconds=rng.uniform(riff.shortest, riff.longest),
        beat=60 / rng.uniform(80, 170),
        dynamics=_pick(rng, DYNAMICS, DYNAMICS_SHARES),
        chord=_chord(rng),
    )


def _strum(rng: Generator, phrase: Phrase) -> Stroke:
    """All strings of a chord, one after the other, downwards or upwards; now and then another chord."""
    step = phrase.beat * _pick(rng, (0.5, 1.0, 2.0), (0.5, 0.35, 0.15))
    chord = _chord(rng) if rng.random() < 0.3 else phrase.chord
    strings = chord if rng.random() < 0.6 else chord[::-1]
    gap = rng.uniform(0.004, 0.014)
    velocity = 0.5 * _velocity(rng, phrase)  # a hand spreads its force over the strings
    seconds = min(3.0, step * rng.uniform(0.9, 1.3)) + 0.02
    return [Note(order * gap, seconds, pitch, velocity) for order, pitch in enumerate(strings)], step


def _chug(rng: Generator, phrase: Phrase) -> Stroke:
    """A power chord on the low strings, mostly palm-muted."""
    step = phrase.beat / _pick(rng, (2, 4))
    root = _pick(rng, (40, 43, 45), (0.5, 0.25, 0.25))
    mute = rng.uniform(0.7, 1.0) if rng.random() < 0.8 else 0.0
    velocity = 0.9 * _velocity(rng, phrase)
    seconds = min(1.0, 1.05 * step)
    return [Note(0.0003 * above, seconds, root + above, velocity, mute) for above in (0, 7, 12)], step


def _lead(rng: Generator, phrase: Phrase) -> Stroke:
    """One note of the scale on A3."""
    return _line(rng, phrase, root=57)


def _low(rng: Generator, phrase: Phrase) -> Stroke:
    """One note of the scale on E2."""
    return _line(rng, phrase, root=40)


def _line(rng: Generator, phrase: Phrase, *, root: int) -> Stroke:
    step = phrase.beat / _pick(rng, (1, 2, 3, 4))
    note = Note(
        start=0.0,
        seconds=min(2.5, step * rng.uniform(0.8, 1.3)) + 0.02,
        pitch=root + _pick(rng, PENTATONIC),
        velocity=_velocity(rng, phrase),
        pick_position=rng.uniform(0.06, 0.3),
        bend=_pick(rng, (0, 1, 2), (0.7, 0.15, 0.15)),
        vibrato=_pick(rng, (0.0, 0.35), (0.65, 0.35)),
    )
    return [note], step


def _arpeggio(rng: Generator, phrase: Phrase) -> Stroke:
    """One string of the chord, left to ring into the next ones."""
    step = phrase.beat / 2
    return [Note(0.0, min(2.5, 3 * step), _pick(rng, phrase.chord), 0.75 * _velocity(rng, phrase))], step


def _rest(rng: Generator, phrase: Phrase) -> Stroke:
    return [], 1.03 * phrase.seconds  # a little more than the phrase, so that it is one stroke


RIFFS = (
    Riff(_strum, share=0.24, shortest=2.5, longest=5.0),
    Riff(_chug, share=0.20, shortest=2.5, longest=5.0),
    Riff(_lead, share=0.26, shortest=2.5, longest=5.0),
    Riff(_arpeggio, share=0.16, shortest=2.5, longest=5.0),
    Riff(_low, share=0.09, shortest=2.5, longest=5.0),
    Riff(_rest, share=0.05, shortest=0.4, longest=1.2),
)


def _pick(rng: Generator, choices: Sequence[Choice], shares: Sequence[float] | None = None) -> Choice:
    return choices[int(rng.choice(len(choices), p=shares))]


def _chord(rng: Generator) -> tuple[int, ...]:
    frets = _pick(rng, CHORDS)
    return tuple(string + fret for string, fret in zip(OPEN_STRINGS, frets, strict=True) if fret is not None)


def _velocity(rng: Generator, phrase: Phrase) -> float:
    return float(np.clip(phrase.dynamics * rng.uniform(0.75, 1.15), 0.05, 1.1))


# The string


def pluck(note: Note, sample_rate: int, rng: Generator) -> Signal:
    """Return the sound of one note, ``round(note.seconds * sample_rate)`` samples from the pick's attack on."""
    period = sample_rate / (440.0 * 2 ** ((note.pitch - 69) / 12))
    samples = round(note.seconds * sample_rate)
    spare = samples // 4 + 4 if note.bend or note.vibrato else 0  # the bent string is read up to 1.15 times as fast
    string = ring(_excitation(samples + spare, period, note, sample_rate, rng), period, note.mute, sample_rate)
    heard = _comb(string, 0.7, PICKUP_POSITION * period)
    if spare:
        heard = _read_at(heard, _positions(samples, note, sample_rate))
    return note.velocity * heard * _envelope(samples, sample_rate)


def _excitation(samples: int, period: float, note: Note, sample_rate: int, rng: Generator) -> Signal:
    """A displaced string with some noise for one period, the darker the softer, without the harmonics at the pick."""
    length = min(samples, int(period))
    along = np.arange(length)
    rise, fall = note.pick_position * length + 1, (1 - note.pick_position) * length + 1
    triangle = np.minimum(along / rise, (length - along) / fall)
    shape = np.zeros(samples)
    shape[:length] = 1.6 * (triangle - triangle.mean()) + 0.3 * rng.standard_normal(length)
    pole = np.exp(-2 * np.pi * (450 + 3200 * note.velocity**2) / sample_rate)
    return _comb(signal.lfilter([(1 - pole) ** 2], [1, -2 * pole, pole**2], shape), 0.9, note.pick_position * period)


def ring(excitation: Signal, period: float, mute: float, sample_rate: int) -> Signal:
    """Return the excitation with its echoes: each round trip damps it, and the highs more.

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
    """Return the sound minus its echo, which silences the harmonics with a node at that place of the string."""
    shift = max(1, int(delay))
    combed = sound.copy()
    combed[shift:] -= depth * sound[:-shift]
    return combed


def _positions(samples: int, note: Note, sample_rate: int) -> Signal:
    """Return where on the unbent sound each sample is read; the speed is the pitch."""
    time = np.arange(samples) / sample_rate
    bend = note.bend / (1 + np.exp(-18 * (time - 0.35 * note.seconds)))
    vibrato = note.vibrato * np.sin(2 * np.pi * 5.5 * time) * np.minimum(4 * time, 1)  # Hz; full after 250 ms
    speed = 2 ** ((bend + vibrato) / 12)
    return np.asarray(np.cumsum(speed) - speed[0])


def _read_at(sound: Signal, positions: Signal) -> Signal:
    """Return the sound between its samples, by Catmull-Rom cubics."""
    index = positions.astype(int)
    part = positions - index
    before, here, after, beyond = (sound[np.maximum(index + offset, 0)] for offset in (-1, 0, 1, 2))
    curve = 2 * before - 5 * here + 4 * after - beyond + part * (3 * (here - after) + beyond - before)
    return np.asarray(here + 0.5 * part * (after - before + part * curve))


def _envelope(samples: int, sample_rate: int) -> Signal:
    """Return a 1.5 ms attack and a 15 ms release, as gain."""
    envelope = np.ones(samples)
    attack, release = min(samples, int(0.0015 * sample_rate)), min(samples, int(0.015 * sample_rate))
    envelope[:attack] = np.linspace(0, 1, attack)
    envelope[samples - release :] *= np.linspace(1, 0, release)
    return envelope


# The rest of the instrument


def _pickup(strings: Signal, sample_rate: int) -> Signal:
    """Return the voltage of the pickup: its coil's second-order resonance, and no direct current."""
    omega = 2 * np.pi * PICKUP_HZ
    coil = signal.bilinear([omega**2], [1, omega / PICKUP_Q, omega**2], sample_rate)
    coupling = signal.butter(1, 25, "highpass", fs=sample_rate)
    return np.asarray(signal.lfilter(*coupling, signal.lfilter(*coil, strings)))


def _hum(samples: int, sample_rate: int, rng: Generator) -> Signal:
    mains = HUM * np.sin(2 * np.pi * 50 * np.arange(samples) / sample_rate)
    return np.asarray(mains + HISS * rng.standard_normal(samples))
