"""A search's folder in; a table of its phases, the jobs that run or failed, and the time left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor
from pathlib import Path
from statistics import mean
from typing import Any

from nasamp.errors import NothingUsable
from nasamp.search import ledger, mark, record
from nasamp.search.text import duration, table


@dataclass(frozen=True)
class JobStatus:
    """A job's folder, its state and what its file says."""

    folder: Path
    state: ledger.State
    content: Mapping[str, Any]


def describe(folder: Path) -> str:
    """Return how far the search in a folder is.

    Raises:
        ConfigError: there is no such folder, or the search is in another.
        NothingUsable: it holds no search.
    """
    record.refuse_another_folder(folder)
    search = record.read(folder)
    if search is None:
        raise NothingUsable(f"runs={folder}: holds no search ({record.FILE} is missing)")
    phases = {phase["phase"]: _jobs(folder / phase["phase"]) for phase in search.phases}
    expected = _expected(search)
    rows = [_row(name, jobs, expected[name]) for name, jobs in phases.items()]
    lines = [table(["phase", "jobs", "done", "running", "failed", "torn", "waiting"], rows)]
    lines += [_line(job) for jobs in phases.values() for job in jobs if job.state not in ("done", "new")]
    return "\n".join([*lines, _time_left(phases, expected)])


def _jobs(phase: Path) -> list[JobStatus]:
    return [_job(path) for path in sorted(phase.glob("*")) if path.is_dir()]


def _job(folder: Path) -> JobStatus:
    if result := ledger.read(folder / ledger.RESULT):
        return JobStatus(folder, "done", result)
    if error := ledger.read(folder / ledger.ERROR):
        return JobStatus(folder, "failed", error)
    if (folder / mark.FILE).exists():
        return JobStatus(folder, "running" if mark.is_held(folder) else "torn", mark.read(folder))
    return JobStatus(folder, "new", {})


def _expected(search: record.Record) -> dict[str, int]:
    """Return how many jobs each phase will have had."""
    going, counts = sum(not point["dropped_because"] for point in search.points), {}
    for phase in search.phases:
        counts[phase["phase"]] = going
        going = max(1, floor(going * phase.get("keep", 1.0)))
    return counts


def _row(name: str, jobs: Sequence[JobStatus], expected: int) -> list[object]:
    counts = [sum(job.state == state for job in jobs) for state in ("done", "running", "failed", "torn")]
    return [name, max(expected, sum(counts)), *counts, max(0, expected - sum(counts))]


def _line(job: JobStatus) -> str:
    if job.state == "failed":
        return f"failed: {job.folder}: {str(job.content.get('error', '')).strip().splitlines()[-1]}"
    share = f"{float(job.content.get('done', 0.0)):.0%}"
    if job.state == "torn":
        return f"torn: {job.folder}: its process was killed at {share}; the search's command goes on from there"
    where = f"process {job.content.get('pid')} on {job.content.get('host')}"
    return f"running: {job.folder}: {share}, {where}"


def _time_left(phases: Mapping[str, Sequence[JobStatus]], expected: Mapping[str, int]) -> str:
    """Return the time of what is left at the mean time of finished jobs, divided among those that run now."""
    seconds, unknown = 0.0, []
    for name, jobs in phases.items():
        done = [float(job.content["training_seconds"]) for job in jobs if job.state == "done"]
        left = float(expected[name]) - sum(job.state in ("done", "failed") for job in jobs)
        left -= sum(float(job.content.get("done", 0.0)) for job in jobs if job.state in ("running", "torn"))
        if left > 0 and not done:
            unknown.append(name)
        seconds += max(0.0, left) * mean(done or [0.0])
    workers = sum(job.state == "running" for jobs in phases.values() for job in jobs)
    if not seconds and not unknown:
        return "nothing is left to do"
    parts = [f"about {duration(seconds / max(1, workers))}"] if seconds else []
    parts += [f"that of {', '.join(unknown)}, where no job is finished yet"] if unknown else []
    return f"time left: {' and '.join(parts)}" + ("" if workers else "; nothing runs now")
