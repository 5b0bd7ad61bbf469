"""Processes that run python -m nasamp without importing PyTorch again: forked from one that has imported it.

Each has a session, a folder, streams and an exit code of its own, and imports nasamp itself; only the libraries below,
which take 4 s of CPU, are there already. Where a test changes what libraries may read while they are imported, such a
process is none that a user would start: ``available`` is false.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

LIBRARIES = [
    "auraloss.freq",
    "hydra",
    "matplotlib.backends.backend_agg",
    "matplotlib.figure",
    "omegaconf",
    "pandas",
    "psutil",
    "pytorch_lightning",
    "scipy.ndimage",
    "scipy.signal",
    "soundfile",
    "soxr",
    "torchmetrics",
    "wandb",
]
LATE = ("PYTEST_", "NETRC", "SLURM_CONF", "WANDB_", "XDG_CACHE_HOME")  # begin variables that no import reads


class Forked:
    """A running process, used as one of subprocess.Popen."""

    def __init__(self, args: Sequence[str], news: int, stdout: int, stderr: int) -> None:
        """Take the reading ends of its pipes; ``news`` gives its id, and once it ended, its exit status."""
        self.args, self.returncode = args, None
        self.stdout, self.stderr = (os.fdopen(each, encoding="utf-8") for each in (stdout, stderr))
        self._news = os.fdopen(news, "rb", buffering=0)
        self.pid = self._told()

    def poll(self) -> int | None:
        """Return the exit code, as soon as there is one."""
        if self.returncode is None and select.select([self._news], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self) -> int:
        """Return the exit code; below 0 it is the signal that ended the process."""
        if self.returncode is None:
            self.returncode = os.waitstatus_to_exitcode(self._told())
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Return all that is printed, once every process that might print has closed both streams."""
        with self._news, self.stdout, self.stderr, ThreadPoolExecutor(2) as readers:
            reading = [readers.submit(stream.read) for stream in (self.stdout, self.stderr)]
            printed = [each.result(timeout) for each in reading]
            self.wait()
        return printed[0], printed[1]

    def send_signal(self, sent: int) -> None:
        """Send a signal, unless the process is known to have ended."""
        if self.poll() is None:
            os.kill(self.pid, sent)

    def kill(self) -> None:
        """Send SIGKILL, unless the process is known to have ended."""
        self.send_signal(signal.SIGKILL)

    def _told(self) -> int:
        received = self._news.read(4)
        assert len(received) == 4, "the process that forks has ended"
        return int.from_bytes(received, "big")


class Server:
    """A process that has imported the libraries, and forks others."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Start it in the environment that the processes will have."""
        self._environment = _read_early(environment)
        self._socket, its = socket.socketpair()
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with its:
            command = [sys.executable, __file__, str(its.fileno())]
            self._process = subprocess.Popen(
                command, env=environment, pass_fds=[its.fileno()], start_new_session=True, **streams
            )

    def available(self, environment: Mapping[str, str]) -> bool:
        """Return whether a new interpreter would import the libraries as this one has."""
        return _read_early(environment) == self._environment

    def start(self, folder: Path, environment: Mapping[str, str], module: str, typed: Sequence[str]) -> Forked:
        """Return a running ``python -m module typed ...``."""
        request = {"folder": str(folder), "environment": dict(environment), "module": module, "typed": list(typed)}
        news, stdout, stderr = os.pipe(), os.pipe(), os.pipe()
        written = [ends[1] for ends in (news, stdout, stderr)]
        content = json.dumps(request).encode()
        socket.send_fds(self._socket, [len(content).to_bytes(4, "big")], written)
        self._socket.sendall(content)
        for each in written:
            os.close(each)
        return Forked([sys.executable, "-m", module, *typed], news[0], stdout[0], stderr[0])

    def stop(self) -> None:
        """End it; what it has forked goes on."""
        self._socket.close()
        self._process.wait()


def _read_early(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith(LATE)}


def _serve(requests: socket.socket) -> dict[str, object]:
    """Fork for each request; return it, in the forked process alone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        size, streams, _, _ = socket.recv_fds(requests, 4, 3)
        if not size:
            os._exit(0)
        content = requests.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL)
        if not os.fork():
            requests.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            news, *printed = streams
            if not (pid := os.fork()):
                os.close(news)
                _take(printed)
                return json.loads(content)
            for each in printed:
                os.close(each)
            os.write(news, pid.to_bytes(4, "big"))
            os.write(news, os.waitpid(pid, 0)[1].to_bytes(4, "big"))
            os._exit(0)
        for each in streams:
            os.close(each)


def _take(printed: list[int]) -> None:
    """Become the leader of a session with these streams."""
    os.setsid()
    null = os.open(os.devnull, os.O_RDONLY)
    for number, stream in enumerate([null, *printed]):
        os.dup2(stream, number)
        os.close(stream)


def _code_of(module: str) -> int:
    """Run a module as ``python -m`` does, and return its exit code."""
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as stop:
        if stop.code is None or isinstance(stop.code, int):
            return stop.code or 0
        raise
    return 0


def _end(code: int) -> None:
    """End as Python does, but leave the objects of all libraries to the kernel: to free them takes 0.3 s of CPU."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code & 255)


if __name__ == "__main__":
    for name in LIBRARIES:
        importlib.import_module(name)
    gc.freeze()  # so that no forked process looks at the objects of all libraries, and copies them thereby
    asked = _serve(socket.socket(fileno=int(sys.argv[1])))
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.path[0] = asked["folder"]
    sys.argv[1:] = asked["typed"]
    media = importlib.import_module("wandb.sdk.data_types._private").MEDIA_TMP  # one folder, until one process ends
    media.name = tempfile.mkdtemp("wandb-media")
    _end(_code_of(asked["module"]))
