"""What a job's folder says about it: new, torn, failed or done. No other record is trusted."""

import hashlib
import json
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, cast

from nasamp.atomic import write_text
from nasamp.schema import Config

State = Literal["new", "torn", "failed", "done"]
RESULT, ERROR, RUNNING = "result.json", "error.json", "running"
TRIES = 2  # a process that was killed twice would be killed again
_WHERE = {  # it lies and runs: not what the result depends on
    "data": ("name", "input", "output", "cache"),
    "trainer": ("accelerator", "threads"),
}


def settings(config: Config) -> dict[str, Any]:
    """Return what a job's result depends on, besides the recording's samples."""
    tree = asdict(config)
    monitor = tree["search"]["monitor"]
    tree = {key: value for key, value in tree.items() if key not in ("search", "launcher", "logger")}
    for branch, keys in _WHERE.items():
        tree[branch] = {key: value for key, value in tree[branch].items() if key not in keys}
    return tree | {"monitor": monitor}


def identity(config: Config, digest: str) -> str:
    """Return the hash of the settings and the recording: equal jobs give equal results."""
    content = json.dumps([settings(config), digest], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def state(folder: Path, job_identity: str) -> State:
    """Return how far the job came; a result of other settings counts as none."""
    if read(folder / RESULT).get("identity") == job_identity:
        return "done"
    if read(folder / ERROR).get("identity") == job_identity:
        return "failed"
    return "torn" if (folder / RUNNING).exists() else "new"


def forget_failure(folder: Path) -> None:
    """Let a failed job be tried again."""
    (folder / ERROR).unlink(missing_ok=True)


@contextmanager
def attempt(folder: Path, job_identity: str) -> Iterator[None]:
    """Mark the folder as running; an exception becomes error.json, a killed process leaves the mark."""
    for name in (RESULT, ERROR):
        (folder / name).unlink(missing_ok=True)
    _write(folder / RUNNING, {"tries": tries(folder) + 1, "started": time.time()})
    try:
        yield
    except KeyboardInterrupt:
        (folder / RUNNING).unlink()
        raise
    except Exception as error:
        fail(folder, job_identity, f"{type(error).__name__}: {error}", traceback.format_exc())
        raise


def tries(folder: Path) -> int:
    """Return how often the job began without an end."""
    return int(read(folder / RUNNING).get("tries", 0))


def beat(folder: Path, **progress: float) -> None:
    """Write into the mark how far the job is."""
    _write(folder / RUNNING, read(folder / RUNNING) | progress)


def finish(folder: Path, job_identity: str, result: dict[str, Any]) -> None:
    """Write result.json, last and atomically: it is the proof that the job is done."""
    _end(folder, RESULT, {"identity": job_identity, "status": "finished", **result})


def fail(folder: Path, job_identity: str, reason: str, details: str = "") -> None:
    """Write error.json."""
    _end(folder, ERROR, {"identity": job_identity, "status": "failed", "error": reason, "details": details})


def read(path: Path) -> dict[str, Any]:
    """Return a file of the ledger; empty where there is none, or none that can be read."""
    try:
        return cast(dict[str, Any], json.loads(path.read_text("utf-8")))
    except (OSError, ValueError):
        return {}


def _end(folder: Path, name: str, content: dict[str, Any]) -> None:
    _write(folder / name, content)
    (folder / RUNNING).unlink(missing_ok=True)


def _write(path: Path, content: dict[str, Any]) -> None:
    write_text(path, json.dumps(content, indent=1, default=str))
