"""The real-time factor of a network, streamed block by block on one thread."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from nasamp.models import WaveNet
from nasamp.models.streaming import Stream
from nasamp.quantities import REALTIME_LIMIT

WARM_UP_BLOCKS = 20


@dataclass(frozen=True)
class RealTimeFactor:
    """Processing time over audio time: 1 is as fast as the music.

    ``mean`` is of the thread's CPU time, which other programs do not disturb; ``p50`` and ``p99`` are
    of the wall clock per block.
    """

    block: int
    mean: float
    p50: float
    p99: float

    @property
    def is_realtime_capable(self) -> bool:
        """Whether the mean leaves a fifth of the core."""
        return self.mean < REALTIME_LIMIT


def measure(net: WaveNet, *, block: int, seconds: float, sample_rate: int) -> RealTimeFactor:
    """Stream noise through a causal network after a warm-up; PyTorch's threads are as before afterwards."""
    stream = Stream(net)
    noise = torch.rand(1, 1, block, generator=torch.Generator().manual_seed(0)) - 0.5
    walls = []
    with _one_thread():
        for _ in range(WARM_UP_BLOCKS):
            stream.process(noise)
        cpu = time.thread_time()
        for _ in range(max(1, round(seconds * sample_rate / block))):
            start = time.perf_counter()
            stream.process(noise)
            walls.append(time.perf_counter() - start)
        cpu = time.thread_time() - cpu
    audio = block / sample_rate
    p50, p99 = np.percentile(walls, [50, 99]) / audio
    return RealTimeFactor(block, cpu / (len(walls) * audio), float(p50), float(p99))


def engine() -> str:
    """Return what stands beside every number: the engine and its version."""
    return f"PyTorch {torch.__version__} streaming, 1 thread"


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a plugin gets one core; more threads would flatter wide models
    try:
        yield
    finally:
        torch.set_num_threads(threads)
