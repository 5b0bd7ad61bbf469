"""What a job's folder says about it: new, running, torn, failed or done. No other record is trusted."""

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

State = Literal["new", "running", "torn", "failed", "done"]
RESULT, ERROR = "result.json", "error.json"
WORST = 1e12  # a score; infinity could not be ranked against costs
ANY = "any"  # identity of a job that failed before its recording was heard
_WHERE = {  # it lies and runs, and when we warn: not what the result depends on
    "phase": ("pace",),  # its numbers are in the phase
    "data": ("name", "input", "output", "cache", "prepared", "limits"),
    "trainer": ("accelerator", "threads"),
}


def settings(config: Config) -> dict[str, Any]:
    """Return what a job's result depends on, besides the recording's samples."""
    tree = asdict(config)
    tree["model"] = config.model.stated
    tree["recipe"] |= tree["recipe"].pop("paces")
    monitor = tree["search"]["monitor"]
    tree = {key: value for key, value in tree.items() if key not in ("search", "launcher", "logger")}
    for branch, keys in _WHERE.items():
        tree[branch] = {key: value for key, value in tree[branch].items() if key not in keys}
    start = config.start.identity or config.start.path
    return tree | {"monitor": monitor, "start": None if start is None else str(start)}


def identity(config: Config, recording: str) -> str:
    """Return the hash of the settings and the recording's identity: equal jobs give equal results."""
    tree = settings(config) | {"model": config.model.settings}  # the same network is the same job, however it is said
    content = json.dumps([tree, recording], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def state(folder: Path, job_identity: str) -> State:
    """Return how far the job came; a result of other settings counts as none."""
    if read(folder / RESULT).get("identity") == job_identity:
        return "done"
    if read(folder / ERROR).get("identity") in (job_identity, ANY):
        return "failed"
    if not (folder / heartbeat.FILE).exists():
        return "new"
    return "running" if heartbeat.is_held(folder) else "torn"


def tidy(folder: Path, job_identity: str) -> None:
    """Let a failed job be tried again, and remove the mark of one that was killed when its result stood already."""
    match state(folder, job_identity):
        case "failed":
            (folder / ERROR).unlink(missing_ok=True)
        case "done":
            heartbeat.remove(folder)


@contextmanager
def attempt(folder: Path, job_identity: str) -> Iterator[heartbeat.Mark]:
    """Hold the folder's mark; an exception becomes error.json, a killed process leaves the mark.

    Raises:
        HeldElsewhereError: where another process works on the job, or has done it.
    """
    with heartbeat.held(folder) as held:
        if read(folder / RESULT).get("identity") == job_identity:
            heartbeat.remove(folder)
            raise heartbeat.HeldElsewhereError(f"{folder}: another process has done it")
        for name in (RESULT, ERROR):
            (folder / name).unlink(missing_ok=True)
        try:
            yield held
        except heartbeat.HeldElsewhereError:
            raise
        except KeyboardInterrupt:
            heartbeat.remove(folder)
            raise
        except Exception as error:
            try:
                fail(folder, job_identity, f"{type(error).__name__}: {error}", traceback.format_exc())
            except (
                OSError,
                ConfigError,
            ):  # a full disk, or a folder of that name; who waits for this job must not wait for ever
                with suppress(OSError):
                    heartbeat.remove(folder)
                raise
            raise


def finish(folder: Path, job_identity: str, result: dict[str, Any]) -> None:
    """Write result.json, last and atomically: it is the proof that the job is done."""
    _end(folder, RESULT, {"identity": job_identity, "status": "finished", **result})


def fail(folder: Path, job_identity: str, reason: str, details: str = "") -> None:
    """Write error.json."""
    _end(folder, ERROR, {"identity": job_identity, "status": "failed", "error": reason, "details": details})


def read(path: Path) -> dict[str, Any]:
    """Return a file of the ledger; empty where there is none, or none that can be read."""
    return heartbeat.read_object(path)


def number(content: Mapping[str, Any], column: str) -> float:
    """Return a number of a result; NaN where it is absent, or no number."""
    value = content.get(column)
    try:
        return float("nan") if isinstance(value, bool) or value is None else float(value)
    except (TypeError, ValueError, OverflowError):
        return float("nan")


def score(result: Mapping[str, Any], column: str) -> float:
    """Return the number that is made small; the worst where a spoilt file holds none."""
    value = number(result, column)
    return value if isfinite(value) else WORST


def _end(folder: Path, name: str, content: dict[str, Any]) -> None:
    _write(folder / name, content)
    heartbeat.remove(folder)


def _write(path: Path, content: dict[str, Any]) -> None:
    write_text(path, json.dumps(content, indent=1, default=str))
