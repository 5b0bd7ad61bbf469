"""The training, validation and test part of a recording, with repeated passages taken into account."""

from collections.abc import Sequence
from dataclasses import dataclass

from nasamp.audio.copies import Ranges, Repeat, copies, joined
from nasamp.audio.levels import Signal
from nasamp.audio.split import Split, configured_split
from nasamp.audio.standard import recognized
from nasamp.errors import AudioError
from nasamp.schema import Data

_SHORT_SECONDS = 0.25  # shorter copies come from inexact ends and are not reported


@dataclass(frozen=True)
class Partition:
    """The parts of a recording and how repeats affected them.

    Attributes:
        is_moved: whether repeats changed the parts.
        again: where passages of the validation or the test part are repeated.
        standard: name of the capture signal that the input is built like; empty for any other input.
    """

    split: Split
    is_moved: bool = False
    again: Ranges = ()
    standard: str = ""


def partition(data: Data, dry: Signal, sample_rate: int, repeats: Sequence[Repeat]) -> Partition:
    """Return the parts of a recording whose input has these repeats.

    Raises:
        AudioError: where too little is left to train on.
    """
    known = recognized(dry, sample_rate, repeats)
    name, passage = (known[0].name, known[1]) if known else ("", None)
    repeats = [*repeats, *([passage] if passage else [])]
    split = configured_split(data, len(dry), sample_rate, repeats, passage.second if passage else None)
    if not repeats:
        return Partition(split, standard=name)
    try:
        is_moved = split != configured_split(data, len(dry), sample_rate)
    except AudioError:  # without repeats the longer test part leaves too little to train on
        is_moved = True
    again = joined(copies([*split.validation, *split.test], repeats))
    again = tuple(each for each in again if each.stop - each.start > _SHORT_SECONDS * sample_rate)
    return Partition(split, is_moved, again, name)
