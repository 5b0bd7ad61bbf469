"""How the workers of a command end: with it, and after the job that they run has closed its files and its run.

joblib's workers outlive a command that is killed, and are killed themselves where it is interrupted: neither lets a job
end as it does in the command's own process.
"""

import _thread
import functools
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import psutil

from nasamp.search.jobs import heartbeat

LOOK_SECONDS = 0.5  # between two looks at the command
CLOSING_SECONDS = 15.0  # an interrupted job has for its files, and its run in W&B
STOPPING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
Handler = Callable[[int, FrameType | None], Any]


def on_stop(handler: Handler) -> None:
    """Let the signals that end a command call a handler, but those that were ignored when it began (nohup)."""
    if threading.current_thread() is threading.main_thread():
        for number in STOPPING:
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, handler)


@contextmanager
def ended_with_the_command() -> Iterator[None]:
    """In a worker: interrupt the job of the block at a signal, and where the command is gone; then end the worker.

    While the command lives it is given the time to end the others: where one worker ends, joblib kills the rest.
    """
    command = _command()
    if command is None:
        yield
        return
    stop = _watched(command)
    stop.is_in_a_job = True
    try:
        if stop.is_told:
            raise KeyboardInterrupt
        yield
    except KeyboardInterrupt:
        _wait(lambda: not _is_gone(command))
        os._exit(128 + signal.SIGTERM)
    finally:
        stop.is_in_a_job = False


@contextmanager
def closed_first(folders: Sequence[Path]) -> Iterator[None]:
    """Let an interruption end the workers' jobs in these folders before it is raised; a second one kills them."""
    told = 0

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal told
        told += 1
        for worker in multiprocessing.active_children():
            (worker.terminate if told == 1 else worker.kill)()
        if told > 1:
            return  # joblib is ending, and would not survive an exception
        if not heartbeat.is_any_held_here():
            _wait(lambda: told == 1 and any(heartbeat.is_held(folder) for folder in folders))
        raise KeyboardInterrupt

    on_stop(stop)
    try:
        yield
    finally:
        on_stop(signal.default_int_handler)


class _Stop:
    """A handler that interrupts a job once: Ctrl-C in a terminal reaches a worker twice, the second while it closes."""

    def __init__(self) -> None:
        self.is_told = self.is_in_a_job = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        was_told, self.is_told = self.is_told, True
        if self.is_in_a_job and not was_told:
            raise KeyboardInterrupt


@functools.cache  # once in a process
def _watched(command: int) -> _Stop:
    """Return the handler of this worker's signals, and have the command watched."""
    stop = _Stop()
    on_stop(stop)
    threading.Thread(target=_watch, args=(command,), daemon=True).start()
    return stop


def _command() -> int | None:
    """Return the process of the command that started this worker; None in the command's own."""
    parent = multiprocessing.parent_process()
    return parent.pid if parent else None


def _watch(command: int) -> None:
    while not _is_gone(command):
        time.sleep(LOOK_SECONDS)
    _thread.interrupt_main(signal.SIGTERM)
    _wait(heartbeat.is_any_held_here)
    os._exit(128 + signal.SIGTERM)


def _is_gone(command: int) -> bool:
    return os.getppid() != command or not psutil.pid_exists(command)


def _wait(is_needed: Callable[[], bool]) -> None:
    deadline = time.monotonic() + CLOSING_SECONDS
    while time.monotonic() < deadline and is_needed():
        time.sleep(0.1)
