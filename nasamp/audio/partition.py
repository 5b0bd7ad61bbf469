"""The parts of a recording, and what passages that are played more than once did to them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasamp.audio.copies import Ranges, Repeat, copies, joined
from nasamp.audio.split import Split, parted
from nasamp.audio.standard import recognized
from nasamp.errors import AudioError
from nasamp.schema import Data

_SHORT_SECONDS = 0.25  # what is shorter is the rest of an inexact end, not worth a word


@dataclass(frozen=True)
class Partition:
    """The parts, and why they lie there.

    Attributes:
        split: the parts.
        is_moved: whether they differ from those of a recording that plays everything once.
        again: where passages of the validation or the test part are played again.
        standard: the signal that the input is built like; empty for any other.
    """

    split: Split
    is_moved: bool = False
    again: Ranges = ()
    standard: str = ""


def partition(data: Data, dry: NDArray[np.float32], sample_rate: int, repeats: Sequence[Repeat]) -> Partition:
    """Return the parts of a recording whose input repeats itself so.

    Raises:
        AudioError: where too little is left to train on.
    """
    known = recognized(dry, sample_rate, repeats)
    name, passage = (known[0].name, known[1]) if known else ("", None)
    repeats = [*repeats, *([passage] if passage else [])]
    split = parted(data, len(dry), sample_rate, repeats, passage.second if passage else None)
    if not repeats:
        return Partition(split, standard=name)
    try:
        is_moved = split != parted(data, len(dry), sample_rate)
    except AudioError:  # a test part that is shorter than asked for left enough
        is_moved = True
    again = joined(copies([*split.validation, *split.test], repeats))
    again = tuple(each for each in again if each.stop - each.start > _SHORT_SECONDS * sample_rate)
    return Partition(split, is_moved, again, name)
