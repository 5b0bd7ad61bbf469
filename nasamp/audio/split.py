"""A recording cut into parts: train | gap | validation | gap | test."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from nasamp.errors import AudioError
from nasamp.schema import Data

PIECE_SAMPLES = 8192  # of a random split: the original's segments
_ORDER_SEED = 42  # the pieces are the same for every model and seed

Sample = TypeVar("Sample", bound=np.floating)
Parts = tuple[slice, ...]


@dataclass(frozen=True)
class Split:
    """The parts, as slices of the samples; nothing of the gaps counts in any number.

    One slice a part, in this order; of a random split training and validation have many, each in the order of time.
    """

    train: Parts
    validation: Parts
    test: Parts


def parted(data: Data, samples: int, sample_rate: int) -> Split:
    """Return the parts that the config asks for."""
    draw = random_split if data.split == "random" else split
    validation, test = judged(data, samples, sample_rate)
    return draw(samples, round(data.gap_seconds * sample_rate), validation=validation, test=test)


def judged(data: Data, samples: int, sample_rate: int) -> tuple[int, int]:
    """Return how long the validation and the test part are, in samples."""
    longest = round(data.longest_part_seconds * sample_rate)
    validation, test = (min(int(samples * share), longest) for share in (data.validation_share, data.test_share))
    return validation, test


def split(samples: int, gap: int, *, validation: int, test: int) -> Split:
    """Return contiguous parts; the training part is what the others leave.

    Args:
        samples: length of the recording.
        gap: samples between two parts; at least a model's memory, or a part would be heard from the one before.
        validation: length of the part, in samples.
        test: the same.

    Raises:
        AudioError: where too little is left to train on.

    >>> split(1000, 10, validation=100, test=200)
    Split(train=(slice(0, 680, None),), validation=(slice(690, 790, None),), test=(slice(800, 1000, None),))
    """
    train = samples - validation - test - 2 * gap
    _refuse_little(samples, train, max(validation, test, 1))
    start = train + gap
    return Split((slice(0, train),), (slice(start, start + validation),), (slice(samples - test, samples),))


def random_split(samples: int, gap: int, *, validation: int, test: int) -> Split:
    """Return training and validation as shuffled pieces without gaps, and the test part at the end, untouched.

    Each validation piece lies between training pieces, so that what was learnt by heart helps there too. Arguments are
    those of ``split``; the validation part is rounded to whole pieces.

    Raises:
        AudioError: where too little is left to train on.
    """
    pieces = [slice(start, start + PIECE_SAMPLES) for start in range(0, samples - test - gap + 1, PIECE_SAMPLES)][:-1]
    count = max(round(validation / PIECE_SAMPLES), 1)
    _refuse_little(samples, (len(pieces) - count) * PIECE_SAMPLES, max(count * PIECE_SAMPLES, test))
    order = np.random.default_rng(_ORDER_SEED).permutation(len(pieces))
    validated, train = (tuple(pieces[i] for i in np.sort(each)) for each in (order[:count], order[count:]))
    return Split(train, validated, (slice(samples - test, samples),))


def cut(signal: NDArray[Sample], parts: Parts) -> NDArray[Sample]:
    """Return a part of a signal, its pieces one behind the other."""
    return np.concatenate([signal[part] for part in parts])


def length(parts: Parts) -> int:
    """Return how many samples a part has."""
    return sum(part.stop - part.start for part in parts)


def _refuse_little(samples: int, train: int, least: int) -> None:
    if train < least:
        raise AudioError(
            f"of {samples:,} samples the training part would get {max(train, 0):,}; "
            "lower data.validation_share, data.test_share, data.longest_part_seconds or data.gap_seconds"
        )
