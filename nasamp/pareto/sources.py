"""Reads the runs of a search as rows, from W&B's files or server, and fills what is missing from result.json."""

from collections import Counter
from collections.abc import Callable, Mapping
from math import isclose, isfinite, isnan, nan
from pathlib import Path
from typing import Any

from nasamp import tracking
from nasamp.cost import measure
from nasamp.errors import ConfigError
from nasamp.pareto.job_files import place
from nasamp.quantities import FILES, MEASURED, QUANTITIES, WHOLE
from nasamp.schema import ParetoConfig
from nasamp.search import folders, search_file
from nasamp.search.jobs import heartbeat, ledger
from nasamp.search.terminal.text import count
from nasamp.tracking import server

Row = dict[str, Any]
Rows = list[Row]

_EXACT = 2**53  # the largest number that is accepted: above it floats cannot represent every integer


def place_of(runs: Path) -> server.Place:
    """Return where a search is on W&B's server."""
    return server.Place(*runs.parts)


def folder_of(config: ParetoConfig) -> Path:
    """Return the search's folder; for a search on the server it may not exist yet."""
    if config.source == "server":
        return Path("results") / place_of(config.runs).search
    folders.check_is_search(config.runs)
    return config.runs


def read(config: ParetoConfig, folder: Path, search: search_file.Record | None) -> tuple[Rows, list[str]]:
    """Return a row for each run, and notes about where the rows come from."""
    jobs, notes = _results(folder)
    if config.source == "results":
        rows = jobs
        notes.append("read from the result.json of each job (source=results)")
    elif config.source == "server":
        rows, lacking = _with_the_ledger(server.read_runs(place_of(config.runs)), jobs)
        notes += [f"{lacking}; W&B's server does not have these"] if lacking else []
    else:
        runs, others = _of_one_search(tracking.read_runs(folder), search, folder)
        rows, lacking = _with_the_ledger(runs, jobs)
        notes += [note for note in (others, lacking) if note]
    return [_plain(_with_the_search(row, search)) for row in rows], notes


def _with_the_search(row: Row, search: search_file.Record | None) -> Row:
    """Return a row with the candidate and the cost that search.yaml knows, where the job's own files lack them."""
    points = {point["name"]: point for point in search.points} if search else {}
    point = points.get(row["name"], {})
    known = [column for column in ("candidate", *measure.COLUMN.values()) if point.get(column) is not None]
    return row | {column: point[column] for column in known if row.get(column) is None}


def _of_one_search(rows: Rows, search: search_file.Record | None, folder: Path) -> tuple[Rows, str]:
    """Return the rows of this search, and a note about the rows of others that were left out.

    Raises:
        ConfigError: where the folder holds runs of several searches and no search.yaml.
    """
    groups = Counter(str(row.pop("group") or "") for row in [dict(row) for row in rows])
    if search is None and len(groups) > 1:
        raise ConfigError(
            f"runs={folder}: holds W&B runs of several searches ({', '.join(sorted(groups))}) and no "
            f"{search_file.FILE}; name the folder of one, or "
            "source=results reads the result.json of each job in this one"
        )
    own = {search.name, ""} if search else set(groups)
    others = {name: number for name, number in groups.items() if name not in own}
    note = ", ".join(f"{count(number, 'W&B run')} of {name}" for name, number in others.items())
    return [row for row in rows if str(row["group"] or "") in own], f"left out: {note}" if note else ""


def _with_the_ledger(runs: Rows, jobs: Rows) -> tuple[Rows, str]:
    """Return the runs, updated with the results of their jobs, then the jobs without a run.

    The job's own files are right where the two differ. The second value is a note on the finished jobs whose W&B run is
    missing or differs; empty where there are none.
    """
    ledgers = {(job["name"], job["phase"]): job for job in jobs}
    known = {(run["name"], run["phase"]): run for run in runs}
    finished = [(known.get(place), job) for place, job in ledgers.items() if job["status"] == "finished"]
    reasons = Counter(reason for run, job in finished if (reason := _lacks(run, job)))
    rows = [run | _without_none(ledgers.pop(place, {})) for place, run in known.items()]
    counts = ", ".join(f"{number} {reason}" for reason, number in reasons.items())
    total = f"{reasons.total()} of {count(len(finished), 'finished job')}"
    return [*rows, *ledgers.values()], f"{total} read from result.json instead of W&B: {counts}" if counts else ""


def _lacks(run: Row | None, job: Row) -> str:
    """Return how a run differs from its finished job; empty where it does not."""
    if run is None:
        return "without a readable run"
    if run["status"] != "finished":
        return f"with a run marked {run['status']}"
    identities = run.get("identity"), job.get("identity")
    if all(identities) and identities[0] != identities[1]:
        return "with a run of another training"
    return "with other numbers in the run" if any(_differ(run, job, column) for column in MEASURED) else ""


def _differ(run: Row, job: Row, column: str) -> bool:
    one, other = ledger.number(run, column), ledger.number(job, column)
    return isfinite(other) and not isclose(one, other, rel_tol=1e-6)


def _without_none(job: Row) -> Row:
    return {column: value for column, value in job.items() if value is not None}


def _results(folder: Path) -> tuple[Rows, list[str]]:
    """Return a row for each job folder, and a note about those whose result cannot be read.

    A job without a result is running, or has crashed if its process no longer exists.
    """
    rows, unreadable = [], []
    for job in sorted(path for path in folder.glob("*/*") if path.is_dir()):
        named = {"name": job.name, "phase": job.parent.name}
        if result := ledger.read(job / ledger.RESULT):
            rows.append(result | named | {"status": "finished"})
        elif error := ledger.read(job / ledger.ERROR):
            rows.append(error | named | {"status": "failed"})
        elif (job / heartbeat.FILE).exists():
            rows.append(named | {"status": "running" if heartbeat.is_held(job) else "crashed"})
        elif any((job / name).exists() for name in (ledger.RESULT, ledger.ERROR)):
            unreadable.append(place(named))
    shown = ", ".join(unreadable[:3]) + (", ..." if len(unreadable) > 3 else "")
    again = "the search's command trains them again"
    note = f"{count(len(unreadable), 'job')} with an unreadable result.json or error.json ({shown}); {again}"
    return rows, [note] if unreadable else []


def _plain(row: Mapping[str, Any]) -> Row:
    """Return a row in which each value has its column's type or is None, whatever a damaged file held."""
    plain = {column: _KINDS.get(column, _any)(value) for column, value in row.items()}
    return plain | {column: _inside(plain, column) for column in FILES if plain.get(column)}


def _inside(row: Row, column: str) -> str:
    """Return the path of a job's file inside the search's folder, also where it was written elsewhere or on Windows."""
    return f"{place(row)}/{row[column].replace(chr(92), '/').rpartition('/')[2]}"


def _any(value: Any) -> Any:
    """Return a value of a column of the user's own, None where it is no plain value."""
    return value if isinstance(value, str | bool) else _number(value) if isinstance(value, int | float) else None


def _word(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int | float) else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _whole(value: Any) -> int | None:
    number = _number(value)
    return None if number is None or isnan(number) or isinstance(value, str) else int(number)


def _number(value: Any) -> int | float | None:
    """Return a number, NaN for any other value or one out of range; W&B writes NaN as text."""
    number = ledger.number({"": value}, "")
    if not abs(number) < _EXACT:
        return None if value is None else nan
    return value if type(value) is int else number


_KINDS: dict[str, Callable[[Any], Any]] = dict.fromkeys((*QUANTITIES, "candidate", "error", "wandb"), _word)
_KINDS |= dict.fromkeys(MEASURED, _number) | dict.fromkeys(WHOLE, _whole) | {"realtime_capable": _flag}
