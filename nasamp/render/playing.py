"""Streams a file through a network, block by block: any length, sample rate and number of channels."""

from collections.abc import Iterator

import numpy as np
import soundfile  # type: ignore[import-untyped]
import soxr  # type: ignore[import-untyped]
from numpy.typing import NDArray

from nasamp.export.in_engine import InEngine, Play
from nasamp.export.playable import Playable

BLOCK = 16_384  # frames; longer blocks exceed the CPU's cache, shorter ones are dominated by call overhead

Frames = NDArray[np.float32]  # shape (frames, channels)


def played(source: soundfile.SoundFile, model: Playable | InEngine) -> Iterator[Frames]:
    """Yield the model's output for a file, block by block, with the file's length and sample rate.

    Each channel is processed separately. Where the sample rates differ, soxr resamples before and after the model.
    """
    with model.players(source.channels) as players:
        yield from _played(source, players, model.sample_rate)


def _played(source: soundfile.SoundFile, players: list[Play], sample_rate: int) -> Iterator[Frames]:
    rates = source.samplerate, sample_rate
    if rates[0] == rates[1]:
        for block in source.blocks(BLOCK, dtype="float32", always_2d=True):
            yield _through(players, block)
        return
    inward, outward = (soxr.ResampleStream(*pair, source.channels, dtype="float32") for pair in (rates, rates[::-1]))
    left = source.frames
    for block in source.blocks(BLOCK, dtype="float32", always_2d=True):
        is_last = source.tell() == source.frames
        output = outward.resample_chunk(_through(players, inward.resample_chunk(block, last=is_last)), last=is_last)
        left -= len(output)
        yield output[: len(output) + min(left, 0)]
    if left > 0:
        yield np.zeros((left, source.channels), dtype=np.float32)  # rounding of the resamplers; at most a frame or two


def _through(players: list[Play], block: Frames) -> Frames:
    if not len(block):  # the resampler needs more input
        return block
    rows = [play(np.ascontiguousarray(row)) for play, row in zip(players, block.T, strict=True)]
    return np.stack(rows, axis=1)
