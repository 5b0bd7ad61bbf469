"""Describes the progress of a search: a table of its phases, the running and failed jobs, the time left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nasamp import tables
from nasamp.errors import NothingUsable
from nasamp.search import estimate, expected, folders, search_file
from nasamp.search.jobs import heartbeat, ledger
from nasamp.search.terminal.text import duration


@dataclass(frozen=True)
class JobStatus:
    """A job's folder, its state and the content of its result, error or heartbeat file."""

    folder: Path
    state: ledger.State
    content: Mapping[str, Any]


def describe(folder: Path) -> str:
    """Return the progress of the search in a folder, as text.

    Raises:
        ConfigError: there is no such folder, or the search is in another.
        NothingUsable: the folder has no search.yaml.
    """
    folders.check_is_search(folder)
    search = search_file.read(folder)
    if search is None:
        raise NothingUsable(f"runs={folder}: is not the folder of a search ({search_file.FILE} is missing)")
    phases = {phase["phase"]: _jobs(folder / phase["phase"]) for phase in search.phases}
    awaited = expected.of(folder, search)
    rows = [_row(name, jobs, awaited[name].jobs) for name, jobs in phases.items()]
    lines = [tables.terminal(["phase", "jobs", "done", "running", "failed", "interrupted", "waiting"], rows)]
    lines += [_line(job) for jobs in phases.values() for job in jobs if job.state not in ("done", "new")]
    runs = any(job.state == "running" for jobs in phases.values() for job in jobs)
    return "\n".join([*lines, _time_left(folder, search, runs=runs)])


def _jobs(phase: Path) -> list[JobStatus]:
    return [_job(path) for path in sorted(phase.glob("*")) if path.is_dir()]


def _job(folder: Path) -> JobStatus:
    if result := ledger.read(folder / ledger.RESULT):
        return JobStatus(folder, "done", result)
    if error := ledger.read(folder / ledger.ERROR):
        return JobStatus(folder, "failed", error)
    if (folder / heartbeat.FILE).exists():
        return JobStatus(folder, "running" if heartbeat.is_held(folder) else "interrupted", heartbeat.read(folder))
    return JobStatus(folder, "new", {})


def _row(name: str, jobs: Sequence[JobStatus], awaited: int) -> list[object]:
    counts = [sum(job.state == state for job in jobs) for state in ("done", "running", "failed", "interrupted")]
    return [name, max(awaited, sum(counts)), *counts, max(0, awaited - sum(counts))]


def _line(job: JobStatus) -> str:
    if job.state == "failed":
        lines = str(job.content.get("error", "")).strip().splitlines() or ["error.json does not say why"]
        return f"failed: {job.folder}: {lines[-1]}"
    share = f"{job.content.get('done', 0.0):.0%}"
    if job.state == "interrupted":
        return f"interrupted: {job.folder}: its process was killed at {share}; the search's command resumes it"
    where = f"process {job.content.get('pid')} on {job.content.get('host')}"
    return f"running: {job.folder}: {share}, {where}"


def _time_left(folder: Path, search: search_file.Record, *, runs: bool) -> str:
    seconds = estimate.Estimate(folder, search).seconds_left()
    if seconds == 0:
        return "all jobs are done"
    left = "not known before a job has run" if seconds is None else f"about {duration(seconds)}"
    return f"time left: {left}" + ("" if runs else "; no job is running")
