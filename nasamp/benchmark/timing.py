"""The real-time factor: processing time divided by the duration of the audio; below 1 is faster than real time."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasamp.quantities import REALTIME_LIMIT

WARM_UP_BLOCKS = 20


@dataclass(frozen=True)
class RealTimeFactor:
    """Real-time factors at one block size.

    Attributes:
        block: samples per block.
        mean: by CPU time, which other programs hardly affect; the other factors are by wall-clock time per block.
        deadline_misses: share of the blocks that took longer than their duration, 0..1.
    """

    block: int
    mean: float
    p50: float
    p99: float
    max: float
    deadline_misses: float

    @property
    def is_realtime_capable(self) -> bool:
        """Whether the mean leaves at least a fifth of the core free."""
        return self.mean < REALTIME_LIMIT


def real_time_factor(
    cpu_seconds: float, wall_seconds: NDArray[np.float64], *, block: int, sample_rate: int
) -> RealTimeFactor:
    """Return the real-time factors from the total CPU time, and the wall-clock time of each block."""
    factors = np.asarray(wall_seconds) * sample_rate / block
    p50, p99 = np.percentile(factors, [50, 99])
    mean = cpu_seconds * sample_rate / (block * len(factors))
    misses = float((factors > 1).mean())
    return RealTimeFactor(block, mean, float(p50), float(p99), float(factors.max()), misses)


def count(seconds: float, *, block: int, sample_rate: int) -> int:
    """Return the number of blocks in some seconds of audio; at least one."""
    return max(1, round(seconds * sample_rate / block))


def timed(process: Callable[[], object], blocks: int) -> tuple[float, NDArray[np.float64]]:
    """Time a function that plays one block, after a warm-up; return its total CPU and each wall-clock time, in s."""
    for _ in range(WARM_UP_BLOCKS):
        process()
    walls = np.empty(blocks)
    cpu = time.thread_time()
    for i in range(blocks):
        start = time.perf_counter()
        process()
        walls[i] = time.perf_counter() - start
    return time.thread_time() - cpu, walls
