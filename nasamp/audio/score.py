"""The score of the built-in guitar: riffs drawn at random from tables."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.random import Generator

from nasamp.audio.string import Note

Choice = TypeVar("Choice")

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
class Phrase:
    """Settings shared by all strokes of one phrase."""

    seconds: float
    beat: float  # seconds
    dynamics: float  # mean velocity
    chord: tuple[int, ...]  # MIDI pitches, low to high


Stroke = tuple[list[Note], float]  # notes, their start counted from the stroke, and seconds to the next stroke


@dataclass(frozen=True)
class Riff:
    """A playing style, its share of all phrases, and the shortest and longest phrase in seconds."""

    stroke: Callable[[Generator, Phrase], Stroke]
    share: float
    shortest: float
    longest: float


def compose(rng: Generator, seconds: float) -> list[Note]:
    """Return random notes, phrase after phrase, that start before ``seconds``."""
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
    """Return a strummed chord, down or up; sometimes another chord than the phrase's."""
    step = phrase.beat * _pick(rng, (0.5, 1.0, 2.0), (0.5, 0.35, 0.15))
    chord = _chord(rng) if rng.random() < 0.3 else phrase.chord
    strings = chord if rng.random() < 0.6 else chord[::-1]
    gap = rng.uniform(0.004, 0.014)
    velocity = 0.5 * _velocity(rng, phrase)  # the strings share the force of the hand
    seconds = min(3.0, step * rng.uniform(0.9, 1.3)) + 0.02
    return [Note(order * gap, seconds, pitch, velocity) for order, pitch in enumerate(strings)], step


def _chug(rng: Generator, phrase: Phrase) -> Stroke:
    """Return a power chord on the low strings, mostly palm-muted."""
    step = phrase.beat / _pick(rng, (2, 4))
    root = _pick(rng, (40, 43, 45), (0.5, 0.25, 0.25))
    mute = rng.uniform(0.7, 1.0) if rng.random() < 0.8 else 0.0
    velocity = 0.9 * _velocity(rng, phrase)
    seconds = min(1.0, 1.05 * step)
    return [Note(0.0003 * above, seconds, root + above, velocity, mute) for above in (0, 7, 12)], step


def _lead(rng: Generator, phrase: Phrase) -> Stroke:
    """Return one note of the scale on A3."""
    return _line(rng, phrase, root=57)


def _low(rng: Generator, phrase: Phrase) -> Stroke:
    """Return one note of the scale on E2."""
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
    """Return one note of the chord, left to ring into the next ones."""
    step = phrase.beat / 2
    return [Note(0.0, min(2.5, 3 * step), _pick(rng, phrase.chord), 0.75 * _velocity(rng, phrase))], step


def _rest(rng: Generator, phrase: Phrase) -> Stroke:
    return [], 1.03 * phrase.seconds  # longer than the phrase, so that it is a single stroke


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
