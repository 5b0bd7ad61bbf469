"""Estimates the time left of a search, for its progress line, its dry run and the status app.

The estimate uses the work of the remaining jobs, the measured speed of this search's jobs, or of others on this
machine, and how many jobs run at a time.
"""

import heapq
import platform
from collections.abc import Iterable, Mapping, Sequence
from math import inf, isfinite
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from nasamp.search import expected
from nasamp.search.jobs import heartbeat, ledger
from nasamp.search.plan.work import PER_SAMPLE
from nasamp.search.search_file import Record

OVERHEAD_MACS = 2000.0  # per sample, as MACs; used where the overhead cannot be fitted


class Measured(NamedTuple):
    """The measured time of a job.

    Attributes:
        work: MACs of its steps and validations, if trained to its end.
        pace: s that the whole work takes.
        trained: share of the work after which training stopped, 0..1.
        overhead: s before and after training: setup, test, benchmark, exports.
    """

    phase: str
    work: float
    macs: float
    pace: float
    trained: float = 1.0
    overhead: float = 0.0


class Speed(NamedTuple):
    """The time that a machine takes per MAC, and per sample beside its MACs, in s."""

    per_mac: float
    per_sample: float

    def seconds(self, work: float, macs: float) -> float:
        """Return how long this work takes at these MACs per sample."""
        return work * self.per_mac + work / macs * self.per_sample


class Estimate:
    """Estimates the time left of a search each time it is asked; reads each result once."""

    def __init__(self, folder: Path, search: Record) -> None:
        self._folder, self._search = folder, search
        self._finished: dict[Path, Measured | None] = {}
        self._other_searches: list[Measured] | None = None
        self._started: dict[str, list[str]] = {}

    def start_phase(self, phase: str, names: Sequence[str]) -> None:
        """Set the jobs of a phase, once they are known."""
        self._started[phase] = list(names)

    def seconds_left(self) -> float | None:
        """Return the time left in all phases; None if no job was measured yet."""
        left: dict[str, list[tuple[expected.Entrant, float]]] = {}  # by phase; with the finished share
        running = []
        for phase, jobs_of_phase in expected.of(self._folder, self._search, self._started).items():
            left[phase] = []
            folders = expected.folders(self._folder / phase)
            for entrant in jobs_of_phase.entrants:
                folder, work = folders.get(entrant.name), entrant.work.get(phase)
                if folder and (self._is_done(folder) or (folder / ledger.ERROR).exists()):
                    continue
                if work is None:
                    return None  # search.yaml of an early version
                progress = heartbeat.read(folder) if folder else {}
                left[phase].append((entrant, float(progress.get("done", 0.0))))
                if "pace" in progress:
                    running.append(Measured(phase, work, entrant.macs, float(progress["pace"])))
        if not any(left.values()):
            return 0.0
        finished = [job for job in self._finished.values() if job]
        measured = [*finished, *running] or self._of_other_searches()
        if not measured:
            return None
        speed, complete = fitted(measured), finished or self._of_other_searches()
        total = 0.0
        for phase, jobs in left.items():
            share = median([job.trained for job in finished if job.phase == phase] or [1.0])
            overheads = [job.overhead for job in complete if job.phase == phase] or [job.overhead for job in complete]
            overhead = median(overheads or [0])
            works = [(max(0.0, share - done) * entrant.work[phase], entrant.macs) for entrant, done in jobs]
            total += makespan([speed.seconds(*work) + overhead for work in works], self._search.at_a_time)
        return total

    def _is_done(self, folder: Path) -> bool:
        if folder not in self._finished and (result := ledger.read(folder / ledger.RESULT)):
            self._finished[folder] = _measured(result)
        return folder in self._finished

    def _of_other_searches(self) -> list[Measured]:
        """Return the measured times of finished jobs of other searches on this machine."""
        if self._other_searches is None:
            results = [ledger.read(path) for path in self._folder.parent.glob(f"*/*/*/{ledger.RESULT}")]
            here = [_measured(result) for result in results if result.get("machine") == platform.node()]
            self._other_searches = [job for job in here if job]
        return self._other_searches


def fitted(jobs: Sequence[Measured]) -> Speed:
    """Return the speed that fits the times of jobs best (least squares of the relative errors).

    >>> speed = fitted([Measured("quick", 1e9, 1000, 3.0), Measured("quick", 4e9, 4000, 6.0)])
    >>> [f"{each:.2g}" for each in speed]
    ['1e-09', '2e-06']
    """
    rows = [(job.work / job.pace, job.work / job.macs / job.pace) for job in jobs if job.pace > 0]
    aa, ab, bb, a, b = (sum(terms) for terms in zip(*((x * x, x * y, y * y, x, y) for x, y in rows), strict=True))
    determinant = aa * bb - ab * ab
    if determinant > 1e-3 * aa * bb:  # else the shapes are too similar to separate the two
        speed = Speed((a * bb - b * ab) / determinant, (b * aa - a * ab) / determinant)
        if min(speed) >= 0:
            return speed
    per_mac = len(rows) / sum(x + OVERHEAD_MACS * y for x, y in rows)
    return Speed(per_mac, OVERHEAD_MACS * per_mac)


def makespan(seconds: Iterable[float], workers: int) -> float:
    """Return how long jobs take in total, started in this order on a number of workers.

    >>> makespan([4, 1, 1, 1, 1], 2), makespan([1, 1, 4], 2)
    (4.0, 5.0)
    """
    free = [0.0] * max(1, workers)
    for each in seconds:
        heapq.heappush(free, heapq.heappop(free) + each)
    return float(max(free))


def _measured(result: Mapping[str, Any]) -> Measured | None:
    """Return the measured time of a finished job; None if its result has none, as from early versions or short jobs."""
    job = result.get("job")
    if not isinstance(job, Mapping):
        return None
    work, pace, trained, seconds = (ledger.number(job, key) for key in ("work", "pace", "trained", "seconds"))
    macs = ledger.number(result, PER_SAMPLE)
    if not all(isfinite(each) for each in (trained, seconds)) or not all(0 < each < inf for each in (work, pace, macs)):
        return None
    return Measured(str(result.get("phase")), work, macs, pace, trained, max(0.0, seconds - pace * trained))
