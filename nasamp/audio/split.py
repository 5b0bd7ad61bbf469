"""Splits a recording into parts: train | gap | validation | gap | test."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from nasamp.audio.copies import Repeat, copies, joined, overlap, widened, without
from nasamp.errors import AudioError
from nasamp.schema import Data

SPLIT_PIECE_SAMPLES = 8192  # per piece of a random split: the original project's segment length
_ORDER_SEED = 42  # the pieces are the same for every model and seed

Sample = TypeVar("Sample", bound=np.floating)
Parts = tuple[slice, ...]


@dataclass(frozen=True)
class Split:
    """The parts, as slices of the samples; samples in the gaps belong to none.

    Each part has its slices in the order of time: one, unless repeats cut it up or the split is random.
    """

    train: Parts
    validation: Parts
    test: Parts


def configured_split(
    data: Data, samples: int, sample_rate: int, repeats: Sequence[Repeat] = (), test_passage: slice | None = None
) -> Split:
    """Return the parts of a recording according to the config.

    Args:
        repeats: passages that occur twice; no copy of a validation or test passage is in another part.
        test_passage: the test part is the end of this range; None for the end of the recording.
    """
    draw = random_split if data.split == "random" else split
    validation, test = judged_lengths(data, samples, sample_rate)
    end = test_passage.stop if test_passage else samples
    begin = max(end - test, test_passage.start if test_passage else 0)
    return draw(slice(begin, end), round(data.gap_seconds * sample_rate), validation=validation, repeats=repeats)


def judged_lengths(data: Data, samples: int, sample_rate: int) -> tuple[int, int]:
    """Return the lengths of the validation and the test part, in samples."""
    longest = round(data.longest_part_seconds * sample_rate)
    validation, test = (min(int(samples * share), longest) for share in (data.validation_share, data.test_share))
    return validation, test


def split(test: slice, gap: int, *, validation: int, repeats: Sequence[Repeat] = ()) -> Split:
    """Return contiguous parts; training gets all before the test part but validation, gaps and copies of both.

    Args:
        test: the test part, at the end of the recording.
        gap: samples between two parts.
        validation: length of the validation part, in samples.
        repeats: passages that occur twice; the validation part moves to where it holds no copy of the test part.

    Raises:
        AudioError: where too little is left to train on.

    >>> split(slice(800, 1000), 10, validation=100)
    Split(train=(slice(0, 680, None),), validation=(slice(690, 790, None),), test=(slice(800, 1000, None),))
    """
    end, least = test.start - gap, max(validation, length((test,)), 1)
    _refuse_too_short(test.stop, end - gap - validation, least)
    of_test = widened([test, *copies([test], repeats)], gap)
    validated = _last_samples(without([slice(0, end)], of_test), validation)
    of_validated = widened([*validated, *copies(validated, repeats)], gap)
    train = without([slice(0, end)], [*of_test, *of_validated])
    train = tuple(piece for piece in train if len(train) == 1 or length((piece,)) >= SPLIT_PIECE_SAMPLES)
    _refuse_too_short(test.stop, length(train), least, repeats)
    return Split(train, validated, (test,))


def _last_samples(free: Parts, samples: int) -> Parts:
    """Return the last ``samples`` of the last range that is long enough, or else of several ranges."""
    if fitting := [each for each in free if length((each,)) >= samples]:
        return (slice(fitting[-1].stop - samples, fitting[-1].stop),)
    found: list[slice] = []
    for each in reversed(free):
        found.append(slice(max(each.start, each.stop - samples + length(tuple(found))), each.stop))
    return joined(found)


def random_split(test: slice, gap: int, *, validation: int, repeats: Sequence[Repeat] = ()) -> Split:
    """Return training and validation as shuffled pieces without gaps, and a contiguous test part at the end.

    Each validation piece lies between training pieces, so validation rewards overfitting. Arguments are those of
    ``split``; the validation part is rounded to whole pieces. Pieces that hold a copy of the test part are left out,
    and so are training pieces that hold a copy of a validation piece.

    Raises:
        AudioError: where too little is left to train on.
    """
    starts = range(0, test.start - gap + 1, SPLIT_PIECE_SAMPLES)
    of_test = widened(copies([test], repeats), gap)
    pieces = _disjoint([slice(start, start + SPLIT_PIECE_SAMPLES) for start in starts][:-1], of_test)
    count = max(round(validation / SPLIT_PIECE_SAMPLES), 1)
    least = max(count * SPLIT_PIECE_SAMPLES, length((test,)))
    _refuse_too_short(test.stop, (len(pieces) - count) * SPLIT_PIECE_SAMPLES, least, repeats)
    order = np.random.default_rng(_ORDER_SEED).permutation(len(pieces))
    validated, train = (tuple(pieces[i] for i in np.sort(each)) for each in (order[:count], order[count:]))
    train = _disjoint(train, copies(validated, repeats))
    _refuse_too_short(test.stop, length(train), least, repeats)
    return Split(train, validated, (test,))


def _disjoint(pieces: Iterable[slice], taken: Parts) -> Parts:
    return tuple(piece for piece in pieces if not any(overlap(piece, each) for each in taken))


def cut(signal: NDArray[Sample], parts: Parts) -> NDArray[Sample]:
    """Return a part of a signal, its pieces concatenated."""
    return np.concatenate([signal[part] for part in parts])


def length(parts: Parts) -> int:
    """Return the length of a part in samples."""
    return sum(part.stop - part.start for part in parts)


def _refuse_too_short(samples: int, train: int, least: int, repeats: Sequence[Repeat] = ()) -> None:
    if train >= least:
        return
    found = f"of {samples:,} samples the training part would get {max(train, 0):,}"
    lower = "lower data.validation_share, data.test_share, data.longest_part_seconds or data.gap_seconds"
    if not repeats:
        raise AudioError(f"{found}; {lower}")
    raise AudioError(
        f"{found}, since the input keeps repeating passages, and copies of the validation and test parts are left out; "
        f"record more that is played only once, or {lower}"
    )
