"""Ends worker processes together with their command, after their job has closed its files and its W&B run.

joblib's workers keep running if the command is killed, and are killed if it is interrupted; neither closes a job.
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

POLL_SECONDS = 0.5  # between checks whether the command is alive
CLOSING_SECONDS = 15.0  # for an interrupted job to close its files and its W&B run
STOPPING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
Handler = Callable[[int, FrameType | None], Any]


def on_stop(handler: Handler) -> None:
    """Set a handler for the signals that end a command, except those that it was started to ignore (nohup)."""
    if threading.current_thread() is threading.main_thread():
        for number in STOPPING:
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, handler)


@contextmanager
def ended_with_the_command() -> Iterator[None]:
    """In a worker, interrupt the block on a signal or when the command has ended; then end the worker.

    The worker first waits for the command, which interrupts the other workers: when one ends, joblib kills the rest.
    """
    command = _command()
    if command is None:
        yield
        return
    stop = _watched(command)
    stop.is_in_a_job = True
    try:
        if stop.is_requested:
            raise KeyboardInterrupt
        yield
    except KeyboardInterrupt:
        _wait(lambda: not _is_gone(command))
        os._exit(128 + signal.SIGTERM)
    finally:
        stop.is_in_a_job = False


@contextmanager
def jobs_end_first(folders: Sequence[Path]) -> Iterator[None]:
    """On a signal, end the workers' jobs in these folders, then raise KeyboardInterrupt; a second signal kills them."""
    signals = 0

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal signals
        signals += 1
        for worker in multiprocessing.active_children():
            (worker.terminate if signals == 1 else worker.kill)()
        if signals > 1:
            return  # an exception would break joblib's shutdown
        if not heartbeat.is_any_held_here():
            _wait(lambda: signals == 1 and any(heartbeat.is_held(folder) for folder in folders))
        raise KeyboardInterrupt

    on_stop(stop)
    try:
        yield
    finally:
        on_stop(signal.default_int_handler)


class _Stop:
    """A signal handler that interrupts a job once: Ctrl-C reaches a worker twice, the second time while it closes."""

    def __init__(self) -> None:
        self.is_requested = self.is_in_a_job = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        was_requested, self.is_requested = self.is_requested, True
        if self.is_in_a_job and not was_requested:
            raise KeyboardInterrupt


@functools.cache  # once per process
def _watched(command: int) -> _Stop:
    """Install this worker's signal handler, start watching the command, and return the handler."""
    stop = _Stop()
    on_stop(stop)
    threading.Thread(target=_watch, args=(command,), daemon=True).start()
    return stop


def _command() -> int | None:
    """Return the process id of the command that started this worker; None in the command itself."""
    parent = multiprocessing.parent_process()
    return parent.pid if parent else None


def _watch(command: int) -> None:
    while not _is_gone(command):
        time.sleep(POLL_SECONDS)
    _thread.interrupt_main(signal.SIGTERM)
    _wait(heartbeat.is_any_held_here)
    os._exit(128 + signal.SIGTERM)


def _is_gone(command: int) -> bool:
    return os.getppid() != command or not psutil.pid_exists(command)


def _wait(is_needed: Callable[[], bool]) -> None:
    deadline = time.monotonic() + CLOSING_SECONDS
    while time.monotonic() < deadline and is_needed():
        time.sleep(0.1)
