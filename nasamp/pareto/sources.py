"""The runs of a search as rows: from W&B's files or server, from the ledger, or from both where one knows more."""

from pathlib import Path
from typing import Any

from nasamp import tracking
from nasamp.schema import ParetoConfig
from nasamp.search import ledger, mark, record
from nasamp.tracking import server

Rows = list[dict[str, Any]]


def place_of(runs: Path) -> server.Place:
    """Return where a search is on W&B's server."""
    return server.Place(*runs.parts)


def folder_of(config: ParetoConfig) -> Path:
    """Return the search's folder; one on the server may have none yet."""
    if config.source == "server":
        return Path("results") / place_of(config.runs).search
    record.refuse_another_folder(config.runs)
    return config.runs


def read(config: ParetoConfig, folder: Path, search: record.Record | None) -> tuple[Rows, list[str]]:
    """Return a row per run, and what a reader should know about where they are from."""
    rows, notes = _read(config, folder)
    labels = {point["name"]: point.get("candidate") for point in search.points} if search else {}
    return [row | {"candidate": row.get("candidate") or labels.get(row["name"])} for row in rows], notes


def _read(config: ParetoConfig, folder: Path) -> tuple[Rows, list[str]]:
    if config.source == "results":
        return _results(folder), ["read from the result.json of each job (source=results)"]
    if config.source == "server":
        rows = server.read_runs(place_of(config.runs))
        if rows and folder.is_dir():
            return _with_the_ledger(rows, folder), [f"what the server does not hold is from {folder}"]
        return rows, []
    if rows := tracking.read_runs(folder):
        return _with_the_ledger(rows, folder), []
    return _results(folder), [f"{folder} holds no W&B runs; the result.json of each job was read instead"]


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
        named = {"name": job.name, "phase": job.parent.name}
        if ended := ledger.read(job / ledger.RESULT) or ledger.read(job / ledger.ERROR):
            rows.append(ended | named)
        elif (job / mark.FILE).exists():
            rows.append(named | {"status": "running" if mark.is_held(job) else "crashed"})
    return rows
