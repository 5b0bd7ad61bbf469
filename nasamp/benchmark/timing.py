"""The real-time factor: processing time over audio time, 1 is as fast as the music."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasamp.quantities import REALTIME_LIMIT

WARM_UP_BLOCKS = 20


@dataclass(frozen=True)
class RealTimeFactor:
    """``mean`` is of CPU time, which other programs hardly disturb; the others of the wall clock per block.

    Attributes:
        block: samples.
        deadline_misses: the share of blocks that took longer than they last, 0..1.
    """

    block: int
    mean: float
    p50: float
    p99: float
    max: float
    deadline_misses: float

    @property
    def is_realtime_capable(self) -> bool:
        """Whether the mean leaves a fifth of the core."""
        return self.mean < REALTIME_LIMIT


def real_time_factor(
    cpu_seconds: float, wall_seconds: NDArray[np.float64], *, block: int, sample_rate: int
) -> RealTimeFactor:
    """Return the factors of blocks of equal length: their CPU time in all, and the wall clock of each."""
    factors = np.asarray(wall_seconds) * sample_rate / block
    p50, p99 = np.percentile(factors, [50, 99])
    mean = cpu_seconds * sample_rate / (block * len(factors))
    misses = float((factors > 1).mean())
    return RealTimeFactor(block, mean, float(p50), float(p99), float(factors.max()), misses)


def count(seconds: float, *, block: int, sample_rate: int) -> int:
    """Return how many blocks so many seconds of audio are; at least one."""
    return max(1, round(seconds * sample_rate / block))


def timed(process: Callable[[], object], blocks: int) -> tuple[float, NDArray[np.float64]]:
    """Call a function that plays one block, after a warm-up; return CPU time of this thread and wall clock, in s."""
    for _ in range(WARM_UP_BLOCKS):
        process()
    walls = np.empty(blocks)
    cpu = time.thread_time()
    for i in range(blocks):
        start = time.perf_counter()
        process()
        walls[i] = time.perf_counter() - start
    return time.thread_time() - cpu, walls
