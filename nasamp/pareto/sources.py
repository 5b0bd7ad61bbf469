"""The runs of a search as rows: from W&B's files, from the ledger, or from both where one knows more."""

from pathlib import Path
from typing import Any

from nasamp import tracking
from nasamp.search import ledger, mark, record

Rows = list[dict[str, Any]]


def read(folder: Path, source: str, search: record.Record | None) -> tuple[Rows, list[str]]:
    """Return a row per run, and what a reader should know about where they are from."""
    notes = []
    if source == "results":
        rows, notes = _results(folder), ["read from the result.json of each job (source=results)"]
    elif tracked := tracking.read_runs(folder):
        rows = _with_the_ledger(tracked, folder)
    else:
        rows, notes = _results(folder), [f"{folder} holds no W&B runs; the result.json of each job was read instead"]
    labels = {point["name"]: point.get("candidate") for point in search.points} if search else {}
    return [row | {"candidate": row.get("candidate") or labels.get(row["name"])} for row in rows], notes


def _with_the_ledger(rows: Rows, folder: Path) -> Rows:
    """Return the rows with what the ledger says of runs that W&B does not know as finished, or not at all."""
    jobs = {(job["name"], job["phase"]): job for job in _results(folder)}
    known = [(row, jobs.pop((row["name"], row["phase"]), {})) for row in rows]
    unknown = [job for job in jobs.values() if job["status"] != "finished"]
    return [*(row if row["status"] == "finished" else row | job for row, job in known), *unknown]


def _results(folder: Path) -> Rows:
    """Return a row per job folder; a job without an end runs, or has crashed where its process is gone."""
    rows = []
    for job in sorted(path for path in folder.glob("*/*") if path.is_dir()):
        place = {"name": job.name, "phase": job.parent.name}
        if ended := ledger.read(job / ledger.RESULT) or ledger.read(job / ledger.ERROR):
            rows.append(ended | place)
        elif (job / mark.FILE).exists():
            rows.append(place | {"status": "running" if mark.is_held(job) else "crashed"})
    return rows
