"""How long a search will still take: the one estimate of its progress line, its dry run and the status app.

From the work of the jobs that are left, the speed that jobs of this search, or others on this machine, were measured
at, and how many run side by side.
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

BESIDE_MACS = 2000.0  # what a sample takes beside its multiplications, as MACs; taken where it cannot be fitted


class Measured(NamedTuple):
    """A job that was timed.

    Attributes:
        phase: where.
        work: MACs of its steps and validations, trained to its end.
        macs: for each sample.
        pace: s that the work takes.
        trained: share of the work after which it stopped, 0..1.
        beside: s before and after the steps: setting up, the test, the benchmark, the exports.
    """

    phase: str
    work: float
    macs: float
    pace: float
    trained: float = 1.0
    beside: float = 0.0


class Speed(NamedTuple):
    """What a machine takes, in s, for a MAC, and for a sample whatever its MACs."""

    per_mac: float
    per_sample: float

    def seconds(self, work: float, macs: float) -> float:
        """Return how long steps and validations take."""
        return work * self.per_mac + work / macs * self.per_sample


class Outlook:
    """Looks into the folder of a search again and again; a result is read once."""

    def __init__(self, folder: Path, search: Record) -> None:
        """Take the search's folder, which may not be there yet, and what search.yaml says or will say."""
        self._folder, self._search = folder, search
        self._finished: dict[Path, Measured | None] = {}
        self._elsewhere: list[Measured] | None = None
        self._entered: dict[str, list[str]] = {}

    def enter(self, phase: str, names: Sequence[str]) -> None:
        """Say which jobs a phase has, once it is known."""
        self._entered[phase] = list(names)

    def seconds_left(self) -> float | None:
        """Return the time of all that is left, in every phase; None where nothing was measured yet."""
        left: dict[str, list[tuple[expected.Entrant, float]]] = {}  # by phase; with the share that is done
        running = []
        for phase, awaited in expected.of(self._folder, self._search, self._entered).items():
            left[phase] = []
            for entrant in awaited.entrants:
                folder, work = self._folder / phase / entrant.name, entrant.work.get(phase)
                if self._is_done(folder) or (folder / ledger.ERROR).exists():
                    continue
                if work is None:
                    return None  # search.yaml of an early version
                beat = heartbeat.read(folder)
                left[phase].append((entrant, float(beat.get("done", 0.0))))
                if "pace" in beat:
                    running.append(Measured(phase, work, entrant.macs, float(beat["pace"])))
        if not any(left.values()):
            return 0.0
        finished = [job for job in self._finished.values() if job]
        measured = [*finished, *running] or self._others()
        if not measured:
            return None
        speed, known = fitted(measured), finished or self._others()
        total = 0.0
        for phase, jobs in left.items():
            share = median([job.trained for job in finished if job.phase == phase] or [1.0])
            beside = median([job.beside for job in known if job.phase == phase] or [job.beside for job in known] or [0])
            works = [(max(0.0, share - done) * entrant.work[phase], entrant.macs) for entrant, done in jobs]
            total += makespan([speed.seconds(*work) + beside for work in works], self._search.at_a_time)
        return total

    def _is_done(self, folder: Path) -> bool:
        if folder not in self._finished and (result := ledger.read(folder / ledger.RESULT)):
            self._finished[folder] = _measured(result)
        return folder in self._finished

    def _others(self) -> list[Measured]:
        """Return what the finished jobs of other searches on this machine took."""
        if self._elsewhere is None:
            results = [ledger.read(path) for path in self._folder.parent.glob(f"*/*/*/{ledger.RESULT}")]
            here = [_measured(result) for result in results if result.get("machine") == platform.node()]
            self._elsewhere = [job for job in here if job]
        return self._elsewhere


def fitted(jobs: Sequence[Measured]) -> Speed:
    """Return the speed that fits what jobs took, each with the same weight (least squares of the relative errors).

    >>> speed = fitted([Measured("quick", 1e9, 1000, 3.0), Measured("quick", 4e9, 4000, 6.0)])
    >>> [f"{each:.2g}" for each in speed]
    ['1e-09', '2e-06']
    """
    rows = [(job.work / job.pace, job.work / job.macs / job.pace) for job in jobs if job.pace > 0]
    aa, ab, bb, a, b = (sum(terms) for terms in zip(*((x * x, x * y, y * y, x, y) for x, y in rows), strict=True))
    determinant = aa * bb - ab * ab
    if determinant > 1e-3 * aa * bb:  # else the shapes are too alike to tell the two apart
        found = Speed((a * bb - b * ab) / determinant, (b * aa - a * ab) / determinant)
        if min(found) >= 0:
            return found
    per_mac = len(rows) / sum(x + BESIDE_MACS * y for x, y in rows)
    return Speed(per_mac, BESIDE_MACS * per_mac)


def makespan(seconds: Iterable[float], workers: int) -> float:
    """Return how long jobs take that are begun in this order, so many at a time.

    >>> makespan([4, 1, 1, 1, 1], 2), makespan([1, 1, 4], 2)
    (4.0, 5.0)
    """
    free = [0.0] * max(1, workers)
    for each in seconds:
        heapq.heappush(free, heapq.heappop(free) + each)
    return float(max(free))


def _measured(result: Mapping[str, Any]) -> Measured | None:
    """Return what a finished job took; None where an early version wrote it, or it was over before it was timed."""
    job = result.get("job")
    if not isinstance(job, Mapping):
        return None
    work, pace, trained, seconds = (ledger.number(job, key) for key in ("work", "pace", "trained", "seconds"))
    macs = ledger.number(result, PER_SAMPLE)
    if not all(isfinite(each) for each in (trained, seconds)) or not all(0 < each < inf for each in (work, pace, macs)):
        return None
    return Measured(str(result.get("phase")), work, macs, pace, trained, max(0.0, seconds - pace * trained))
