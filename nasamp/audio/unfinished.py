"""Reads WAV files whose header was never finished, by a recorder that lost power or a program writing into a pipe.

Such a header declares 0 bytes of audio. libsndfile trusts it, so it is given the header with the actual size.
"""

import mmap
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_UNKNOWN = 0xFFFFFFFF  # RF64's value for a size that is in the ds64 chunk
_DATA_SIZE_IN_DS64 = 8  # bytes after the chunk's own header


class Content(mmap.mmap):
    """A file's bytes; seeking is clamped to the file, since an exception would not reach libsndfile."""

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:  # type: ignore[override]
        """Seek to a position, clamped to the file, and return it."""
        begin = {os.SEEK_SET: 0, os.SEEK_CUR: self.tell(), os.SEEK_END: len(self)}[whence]
        place = min(max(begin + offset, 0), len(self))
        super().seek(place)
        return place


Source = str | Content


@dataclass(frozen=True)
class Unfinished:
    """The actual size of a file's audio in bytes, and the header fields to correct: offset and value."""

    held: int
    fields: tuple[tuple[int, bytes], ...]


def source(path: Path) -> Source:
    """Return what soundfile should open: the path, or the content with a corrected header."""
    found = unfinished(path)
    if found is None:
        return str(path)
    with path.open("rb") as file:
        content = Content(file.fileno(), 0, access=mmap.ACCESS_COPY)  # the file itself is not changed
    for place, value in found.fields:
        content[place : place + len(value)] = value
    return content


def unfinished(path: Path) -> Unfinished | None:
    """Return how to correct a WAV or RF64 whose header declares 0 bytes; None for any other file.

    Raises:
        OSError: where the file cannot be read.
    """
    with path.open("rb") as file:
        if not _is_wave(file.read(12)):
            return None
        large: tuple[int, int] | None = None  # ds64's size of the audio: offset and value
        while (name_and_size := _chunk(file)) is not None:
            name, size = name_and_size
            place = file.tell()
            if name == b"data":
                return _unfinished(file, size, large)
            if name == b"ds64":
                field = place + _DATA_SIZE_IN_DS64
                large = field, struct.unpack_from("<Q", file.read(size).ljust(16, b"\0"), _DATA_SIZE_IN_DS64)[0]
            file.seek(place + size + size % 2)
    return None


def _unfinished(file: BinaryIO, size: int, large: tuple[int, int] | None) -> Unfinished | None:
    start = file.tell()
    held = file.seek(0, 2) - start
    if (large[1] if large and size == _UNKNOWN else size) or not held or _are_chunks(file, start, start + held):
        return None
    if large is None:
        return Unfinished(held, ((start - 4, struct.pack("<I", min(held, _UNKNOWN))),))
    return Unfinished(held, ((start - 4, struct.pack("<I", _UNKNOWN)), (large[0], struct.pack("<Q", held))))


def _is_wave(head: bytes) -> bool:
    return head[:4] in (b"RIFF", b"RF64") and head[8:] == b"WAVE"


def _chunk(file: BinaryIO) -> tuple[bytes, int] | None:
    head = file.read(8)
    return (head[:4], int(struct.unpack("<I", head[4:])[0])) if len(head) == 8 else None


def _are_chunks(file: BinaryIO, start: int, end: int) -> bool:
    """Return whether a range consists of further chunks, so that the file really holds no audio."""
    while start < end:
        file.seek(start)
        found = _chunk(file)
        if found is None or not all(0x20 <= byte < 0x7F for byte in found[0]):
            return False
        start += 8 + found[1] + found[1] % 2
    return start - 1 <= end  # the last byte of padding may be missing
