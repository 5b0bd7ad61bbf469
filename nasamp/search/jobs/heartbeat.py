"""The file ``running`` in a job's folder: which process owns the job, its progress, and whether that process is alive.

Locks of the operating system are unreliable on network disks, so the owner touches this file every few seconds. An
owner on this machine is alive if its process is; one on another machine, if the file is recent.
"""

import json
import os
import platform
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import psutil

from nasamp.atomic import write_text
from nasamp.errors import JobError

FILE = "running"
BEAT_SECONDS, DEAD_SECONDS = 5.0, 60.0
_TYPES = {"host": str, "pid": int, "born": float | int | None, "token": str, "tries": int}
_LARGEST = {"from": 1.0, "done": 1.0, "pace": 1e12}  # shares of the job, and seconds; all from 0
_own_tokens: set[str] = set()  # of the jobs that this process owns


class HeldElsewhereError(JobError):
    """Another process owns the job."""


class Mark:
    """The file ``running`` of a job that this process owns."""

    def __init__(self, folder: Path, token: str) -> None:
        self._folder, self._token = folder, token

    def update(self, **progress: float) -> None:
        """Write the job's progress; raises HeldElsewhereError if another process has taken the job over."""
        content = read(self._folder)
        if content.get("token") != self._token:
            raise HeldElsewhereError(f"{self._folder}: another process has taken this job over")
        write_text(self._folder / FILE, json.dumps(content | progress))

    def touch_until(self, stopped: threading.Event) -> None:
        """Touch the file every few seconds until the event is set."""
        while not stopped.wait(BEAT_SECONDS):
            with suppress(OSError):
                os.utime(self._folder / FILE)


@contextmanager
def held(folder: Path) -> Iterator[Mark]:
    """Own the job while the block runs; the file stays until ``remove``, also if the process is killed.

    Raises:
        HeldElsewhereError: a living process owns it.
    """
    token, stopped = _acquire(folder), threading.Event()
    mark = Mark(folder, token)
    threading.Thread(target=mark.touch_until, args=(stopped,), daemon=True).start()
    _own_tokens.add(token)
    try:
        yield mark
    finally:
        _own_tokens.discard(token)
        stopped.set()


def read(folder: Path) -> dict[str, Any]:
    """Return host, pid, token, tries, done (0..1) and best, without invalid values; empty if there is no file."""
    return _valid(read_object(folder / FILE))


def read_object(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file; empty if the file is missing, incomplete or damaged."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return cast(dict[str, Any], content) if isinstance(content, dict) else {}


def _valid(content: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if _is_valid(key, value)}


def _is_valid(key: str, value: Any) -> bool:
    if key in _LARGEST:
        return type(value) in (int, float) and 0 <= value <= _LARGEST[key]
    return isinstance(value, _TYPES.get(key, object))


def is_held(folder: Path) -> bool:
    """Return whether a living process owns the job."""
    mark = read(folder)
    if (mark.get("host"), mark.get("pid")) == (platform.node(), os.getpid()):
        return mark.get("token") in _own_tokens  # on a full disk, a job that ended may leave its file behind
    if mark.get("host") == platform.node():
        return bool("pid" in mark and _start_time(mark["pid"]) == mark.get("born"))
    return _age(folder) < DEAD_SECONDS


def is_any_held_here() -> bool:
    """Return whether this process owns a job."""
    return bool(_own_tokens)


def remove(folder: Path) -> None:
    """Remove the file: nobody owns the job any more."""
    (folder / FILE).unlink(missing_ok=True)


def _acquire(folder: Path) -> str:
    """Write the file for this process, and return its token."""
    folder.mkdir(parents=True, exist_ok=True)
    token, before = uuid.uuid4().hex, read(folder)
    while True:
        content = {"host": platform.node(), "pid": os.getpid(), "born": _start_time(os.getpid()), "token": token}
        content |= {"tries": _tries(before), "from": before.get("done", 0.0), "done": before.get("done", 0.0)}
        try:
            with (folder / FILE).open("x", encoding="utf-8") as file:
                file.write(json.dumps(content))
        except FileExistsError:
            before = _remove_dead(folder, token)
        else:
            return token


def _remove_dead(folder: Path, token: str) -> dict[str, Any]:
    """Remove the file of a dead owner, and return its content; if several processes try at once, one succeeds."""
    seen, aside = read(folder), folder / f".{FILE}.{token}"
    if is_held(folder):
        raise HeldElsewhereError(f"{folder}: already running in process {seen.get('pid')} on {seen.get('host')}")
    with suppress(FileNotFoundError):
        (folder / FILE).rename(aside)
        if _valid(read_object(aside)) != seen:  # another process was faster; this is its file
            aside.rename(folder / FILE)
        aside.unlink(missing_ok=True)
    return seen


def _tries(before: dict[str, Any]) -> int:
    """Return which attempt this is since the job last made progress, from 1."""
    progressed = before.get("done", 0.0) > before.get("from", 0.0)
    return 1 if progressed else int(before.get("tries", 0)) + 1


def _start_time(pid: int) -> float | None:
    """Return when a process started, in s since the epoch; None if there is none."""
    try:
        return psutil.Process(pid).create_time()
    except (psutil.NoSuchProcess, ValueError, OverflowError):  # a damaged file may hold any number
        return None


def _age(folder: Path) -> float:
    """Return the age of the file in s, by the clock of its disk; infinite if there is no file."""
    probe = folder / f".clock.{os.getpid()}"
    try:
        touched = (folder / FILE).stat().st_mtime
        probe.touch()
        return probe.stat().st_mtime - touched
    except FileNotFoundError:
        return float("inf")
    finally:
        probe.unlink(missing_ok=True)
