"""Streams a file through a network, block by block: any length, sample rate and number of channels."""

from collections.abc import Iterator

import numpy as np
import soundfile  # type: ignore[import-untyped]
import soxr  # type: ignore[import-untyped]
import torch
from numpy.typing import NDArray

from nasamp.export.playable import Playable
from nasamp.models.streaming import Stream

BLOCK = 16_384  # frames; longer blocks exceed the CPU's cache, shorter ones are dominated by call overhead

Frames = NDArray[np.float32]  # shape (frames, channels)


def played(source: soundfile.SoundFile, model: Playable) -> Iterator[Frames]:
    """Yield the model's output for a file, block by block, with the file's length and sample rate.

    Each channel is processed separately. Where the sample rates differ, soxr resamples before and after the model.
    """
    rates = source.samplerate, model.sample_rate
    streams = [Stream(model.net) for _ in range(source.channels)]
    if rates[0] == rates[1]:
        for block in source.blocks(BLOCK, dtype="float32", always_2d=True):
            yield _through(streams, block)
        return
    inward, outward = (soxr.ResampleStream(*pair, source.channels, dtype="float32") for pair in (rates, rates[::-1]))
    left = source.frames
    for block in source.blocks(BLOCK, dtype="float32", always_2d=True):
        is_last = source.tell() == source.frames
        output = outward.resample_chunk(_through(streams, inward.resample_chunk(block, last=is_last)), last=is_last)
        left -= len(output)
        yield output[: len(output) + min(left, 0)]
    if left > 0:
        yield np.zeros((left, source.channels), dtype=np.float32)  # rounding of the resamplers; at most a frame or two


def _through(streams: list[Stream], block: Frames) -> Frames:
    if not len(block):  # the resampler needs more input
        return block
    rows = [
        stream.process(torch.from_numpy(np.ascontiguousarray(row))[None, None])[0, 0]
        for stream, row in zip(streams, block.T, strict=True)
    ]
    return torch.stack(rows, dim=1).numpy()
