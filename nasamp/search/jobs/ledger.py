"""The state of a job, as the files in its folder show it; no other record exists."""

import hashlib
import json
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Any, Literal

from nasamp.atomic import write_text
from nasamp.errors import ConfigError
from nasamp.schema import Config
from nasamp.search.jobs import heartbeat

State = Literal["new", "running", "interrupted", "failed", "done"]
RESULT, ERROR = "result.json", "error.json"
WORST = 1e12  # score of a job without one; infinity would break the ranking against costs
ANY = "any"  # identity of a job that failed before its recording was read
_IRRELEVANT = {  # keys that the result does not depend on: locations, devices, limits of warnings
    "phase": ("pace",),  # its values are in the phase
    "data": ("name", "input", "output", "cache", "prepared", "limits"),
    "trainer": ("accelerator", "threads"),
}


def settings(config: Config) -> dict[str, Any]:
    """Return the settings that a job's result depends on."""
    tree = asdict(config)
    tree["model"] = config.model.stated
    tree["recipe"] |= tree["recipe"].pop("paces")
    if not config.recipe.zero_head:
        del tree["recipe"]["zero_head"]  # younger than the identities of earlier results
    monitor = tree["search"]["monitor"]
    tree = {key: value for key, value in tree.items() if key not in ("search", "launcher", "logger")}
    for branch, keys in _IRRELEVANT.items():
        tree[branch] = {key: value for key, value in tree[branch].items() if key not in keys}
    start = config.start.identity or config.start.path
    return tree | {"monitor": monitor, "start": None if start is None else str(start)}


def identity(config: Config, recording: str) -> str:
    """Return the hash of a job's settings and its recording: jobs with equal identities have equal results."""
    tree = settings(config) | {"model": config.model.settings}  # the same network is the same job, however configured
    content = json.dumps([tree, recording], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def state(folder: Path, job_identity: str) -> State:
    """Return the state of a job; a result of other settings is ignored."""
    if read(folder / RESULT).get("identity") == job_identity:
        return "done"
    if read(folder / ERROR).get("identity") in (job_identity, ANY):
        return "failed"
    if not (folder / heartbeat.FILE).exists():
        return "new"
    return "running" if heartbeat.is_held(folder) else "interrupted"


def clear_leftovers(folder: Path, job_identity: str) -> None:
    """Remove error.json, so that a failed job is tried again, and the file ``running`` beside a finished result."""
    match state(folder, job_identity):
        case "failed":
            (folder / ERROR).unlink(missing_ok=True)
        case "done":
            heartbeat.remove(folder)


@contextmanager
def attempt(folder: Path, job_identity: str) -> Iterator[heartbeat.Mark]:
    """Own the job while the block runs; an exception is written to error.json.

    Raises:
        HeldElsewhereError: another process owns the job, or has finished it.
    """
    with heartbeat.held(folder) as mark:
        if read(folder / RESULT).get("identity") == job_identity:
            heartbeat.remove(folder)
            raise heartbeat.HeldElsewhereError(f"{folder}: another process has finished this job")
        for name in (RESULT, ERROR):
            (folder / name).unlink(missing_ok=True)
        try:
            yield mark
        except heartbeat.HeldElsewhereError:
            raise
        except KeyboardInterrupt:
            heartbeat.remove(folder)
            raise
        except Exception as error:
            try:
                fail(folder, job_identity, f"{type(error).__name__}: {error}", traceback.format_exc())
            except (OSError, ConfigError):  # a full disk, or a folder of that name; free the job for whoever waits
                with suppress(OSError):
                    heartbeat.remove(folder)
                raise
            raise


def finish(folder: Path, job_identity: str, result: dict[str, Any]) -> None:
    """Write result.json, last and atomically: from then on the job is done."""
    _end(folder, RESULT, {"identity": job_identity, "status": "finished", **result})


def fail(folder: Path, job_identity: str, reason: str, details: str = "") -> None:
    """Write error.json; the job has failed."""
    _end(folder, ERROR, {"identity": job_identity, "status": "failed", "error": reason, "details": details})


def read(path: Path) -> dict[str, Any]:
    """Return the content of result.json or error.json; empty if it is missing or unreadable."""
    return heartbeat.read_object(path)


def number(content: Mapping[str, Any], column: str) -> float:
    """Return a column of a result as a number; NaN if it is missing or no number."""
    value = content.get(column)
    try:
        return float("nan") if isinstance(value, bool) or value is None else float(value)
    except (TypeError, ValueError, OverflowError):
        return float("nan")


def score(result: Mapping[str, Any], column: str) -> float:
    """Return the value of the minimized column; ``WORST`` if it is not a finite number."""
    value = number(result, column)
    return value if isfinite(value) else WORST


def _end(folder: Path, name: str, content: dict[str, Any]) -> None:
    _write(folder / name, content)
    heartbeat.remove(folder)


def _write(path: Path, content: dict[str, Any]) -> None:
    write_text(path, json.dumps(content, indent=1, default=str))
