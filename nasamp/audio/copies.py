"""Operations on ranges of samples: union, widening, difference, and finding every copy of a passage."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Ranges = tuple[slice, ...]

_SAME = 2048  # samples; a copy of a copy that adds fewer is one already known, located less exactly


@dataclass(frozen=True)
class Repeat:
    """Two ranges of equal length that hold the same passage, in samples; the second is ``gain`` times the first."""

    first: slice
    second: slice
    gain: float = 1.0

    @property
    def offset(self) -> int:
        """Return how many samples after the first the second begins."""
        return int(self.second.start - self.first.start)


def joined(ranges: Iterable[slice]) -> Ranges:
    """Return the union of the ranges, in order.

    >>> joined([slice(5, 9), slice(1, 3), slice(2, 4)])
    (slice(1, 4, None), slice(5, 9, None))
    """
    found: list[slice] = []
    for each in sorted((each for each in ranges if each.start < each.stop), key=lambda each: each.start):
        if found and each.start <= found[-1].stop:
            found[-1] = slice(found[-1].start, max(found[-1].stop, each.stop))
        else:
            found.append(each)
    return tuple(found)


def widened(ranges: Iterable[slice], samples: int) -> Ranges:
    """Return the ranges, extended by ``samples`` on both sides."""
    return joined(slice(each.start - samples, each.stop + samples) for each in ranges)


def without(ranges: Iterable[slice], taken: Iterable[slice]) -> Ranges:
    """Return the ranges minus those in ``taken``.

    >>> without([slice(0, 10)], [slice(3, 5), slice(8, 12)])
    (slice(0, 3, None), slice(5, 8, None))
    """
    left = list(joined(ranges))
    for away in taken:
        left = [
            part
            for each in left
            for part in (slice(each.start, min(each.stop, away.start)), slice(max(each.start, away.stop), each.stop))
            if part.start < part.stop
        ]
    return joined(left)


def overlap(one: slice, other: slice) -> slice | None:
    """Return the intersection of two ranges, or None."""
    start, stop = max(one.start, other.start), min(one.stop, other.stop)
    return slice(start, stop) if start < stop else None


def copies(ranges: Iterable[slice], repeats: Sequence[Repeat]) -> Ranges:
    """Return where passages from the ranges are repeated, including copies of copies."""
    ranges = tuple(ranges)
    known, waiting, found = joined(ranges), list(ranges), []
    while waiting:
        each = waiting.pop()
        for repeat in repeats:
            for played, again in ((repeat.first, repeat.second), (repeat.second, repeat.first)):
                if (same := overlap(each, played)) is None:
                    continue
                offset = again.start - played.start
                copy = slice(same.start + offset, same.stop + offset)
                new = [part for part in without([copy], known) if part.stop - part.start > _SAME]
                found.append(copy)
                waiting += new
                known = joined([*known, *new])
    return without(found, ranges)
