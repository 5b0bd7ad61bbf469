"""The mark ``running`` in a job's folder: who works on it, how far it is, and whether its holder lives.

Locks of the operating system are unreliable on network disks, so the mark is a file that its holder touches
every few seconds. A holder on this machine is known by its process; one elsewhere by the age of the mark.
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
_KINDS = {"host": str, "pid": int, "born": float | int | None, "token": str, "tries": int}
_HIGHEST = {"from": 1.0, "done": 1.0, "pace": 1e12}  # shares of the job, and seconds a unit of work, from 0
_held_here: set[str] = set()  # tokens


class HeldElsewhereError(JobError):
    """Another process works on the job."""


class Mark:
    """A mark that this process holds."""

    def __init__(self, folder: Path, token: str) -> None:
        """Take the job's folder and what tells this holder from others."""
        self._folder, self._token = folder, token

    def tell(self, **progress: float) -> None:
        """Write how far the job is; raises HeldElsewhereError where it was taken over meanwhile."""
        content = read(self._folder)
        if content.get("token") != self._token:
            raise HeldElsewhereError(f"{self._folder}: another process took the job over")
        write_text(self._folder / FILE, json.dumps(content | progress))

    def beat_until(self, over: threading.Event) -> None:
        """Touch the mark every few seconds."""
        while not over.wait(BEAT_SECONDS):
            with suppress(OSError):
                os.utime(self._folder / FILE)


@contextmanager
def held(folder: Path) -> Iterator[Mark]:
    """Hold the mark while the block runs; a process that is killed leaves it.

    Raises:
        HeldElsewhereError: where a living process holds it.
    """
    token, over = _take(folder), threading.Event()
    mark = Mark(folder, token)
    threading.Thread(target=mark.beat_until, args=(over,), daemon=True).start()
    _held_here.add(token)
    try:
        yield mark
    finally:
        _held_here.discard(token)
        over.set()


def read(folder: Path) -> dict[str, Any]:
    """Return host, pid, token, tries, done (0..1) and best, without what is spoilt; empty where there is no mark."""
    return _sound(read_object(folder / FILE))


def read_object(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file; empty where there is no file, or it is half written or spoilt."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return cast(dict[str, Any], content) if isinstance(content, dict) else {}


def _sound(content: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if _is_sound(key, value)}


def _is_sound(key: str, value: Any) -> bool:
    if key in _HIGHEST:
        return type(value) in (int, float) and 0 <= value <= _HIGHEST[key]
    return isinstance(value, _KINDS.get(key, object))


def is_held(folder: Path) -> bool:
    """Return whether a living process works on the job."""
    mark = read(folder)
    if (mark.get("host"), mark.get("pid")) == (platform.node(), os.getpid()):
        return mark.get("token") in _held_here  # on a full disk a job of this process ends without a trace
    if mark.get("host") == platform.node():
        return bool("pid" in mark and _born(mark["pid"]) == mark.get("born"))
    return _age(folder) < DEAD_SECONDS


def is_any_held_here() -> bool:
    """Return whether this process works on a job."""
    return bool(_held_here)


def remove(folder: Path) -> None:
    """End the job's being run."""
    (folder / FILE).unlink(missing_ok=True)


def _take(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    token, before = uuid.uuid4().hex, read(folder)
    while True:
        content = {"host": platform.node(), "pid": os.getpid(), "born": _born(os.getpid()), "token": token}
        content |= {"tries": _tries(before), "from": before.get("done", 0.0), "done": before.get("done", 0.0)}
        try:
            with (folder / FILE).open("x", encoding="utf-8") as file:
                file.write(json.dumps(content))
        except FileExistsError:
            before = _remove_dead(folder, token)
        else:
            return token


def _remove_dead(folder: Path, token: str) -> dict[str, Any]:
    """Remove a mark whose holder is dead, and return it; of several processes that try at once, one succeeds."""
    seen, aside = read(folder), folder / f".{FILE}.{token}"
    if is_held(folder):
        raise HeldElsewhereError(f"{folder}: runs already, in process {seen.get('pid')} on {seen.get('host')}")
    with suppress(FileNotFoundError):
        (folder / FILE).rename(aside)
        found = _sound(read_object(aside))
        if found != seen:  # somebody else was faster, and this is theirs
            aside.rename(folder / FILE)
        aside.unlink(missing_ok=True)
    return seen


def _tries(before: dict[str, Any]) -> int:
    """Return how many processes in a row came no further than the one before."""
    went_on = before.get("done", 0.0) > before.get("from", 0.0)
    return 1 if went_on else int(before.get("tries", 0)) + 1


def _born(pid: int) -> float | None:
    try:
        return psutil.Process(pid).create_time()
    except (psutil.NoSuchProcess, ValueError, OverflowError):  # a spoilt mark may name any number
        return None


def _age(folder: Path) -> float:
    """Return the age of the mark in s by the clock of the disk that holds it; infinite where there is none."""
    probe = folder / f".clock.{os.getpid()}"
    try:
        touched = (folder / FILE).stat().st_mtime
        probe.touch()
        return probe.stat().st_mtime - touched
    except FileNotFoundError:
        return float("inf")
    finally:
        probe.unlink(missing_ok=True)
