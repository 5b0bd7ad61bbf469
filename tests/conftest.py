"""Fixtures of several test files: real recordings, and the program as a subprocess."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from forked import Forked, Server
from invented_page import browser, calm, page, two_amps  # noqa: F401 - fixtures of the report's tests

collect_ignore = ["engines"]  # scripts that run in the environments of other engines
os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests and the programs they start share the cores
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # so it is after & in a script, and so would children have it
    signal.signal(signal.SIGINT, signal.default_int_handler)
for name in ("SIGHUP", "SIGQUIT"):  # as under nohup, and after & in a script
    if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) == signal.SIG_IGN:
        signal.signal(getattr(signal, name), signal.SIG_DFL)
ROOT = Path(__file__).parents[1]
Done = subprocess.CompletedProcess[str]
AUDIO = ROOT.parent / "shared" / "audio"


@pytest.hookimpl(tryfirst=True)  # xdist reads the marks in its own
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Send tests that share a fixture of module scope to one worker, and all others to any."""
    for item in items:
        made = getattr(item, "_fixtureinfo").name2fixturedefs if isinstance(item, pytest.Function) else {}  # noqa: B009
        if any(each.scope == "module" for found in made.values() for each in found):
            item.add_marker(pytest.mark.xdist_group(item.path.name))


@pytest.fixture(scope="session")
def mesa() -> tuple[Path, Path]:
    """Return a real recording: dry and wet."""
    folder = AUDIO / "mesa_crunch"
    if not folder.exists():
        pytest.skip(f"needs the recordings in {AUDIO}, which the project does not ship")
    return folder / "input.flac", folder / "output.flac"


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of generated audio and compiled code that all workers share."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "cache"
    folder.mkdir(exist_ok=True)
    return folder


class Program:
    """The program as its users start it: python -m nasamp ..., in any folder."""

    def __init__(self, cache: Path, *first: Path, server: Server | None = None) -> None:
        """Set the folder of generated audio, and folders that Python searches first; ``environment`` is added.

        Args:
            server: forks the processes that it can, which saves the import of PyTorch.
        """
        self._server = server
        self.environment = {"PYTHONPATH": os.pathsep.join(map(str, [*first, ROOT])), "XDG_CACHE_HOME": str(cache)}
        self.environment["OMP_NUM_THREADS"] = "1"  # tests run beside each other

    def start(self, folder: Path, *arguments: str, module: str = "nasamp") -> "subprocess.Popen[str] | Forked":
        """Return the running process, the leader of a group of its own."""
        environment = os.environ | self.environment
        if self._server and module.startswith("nasamp") and self._server.available(environment):
            return self._server.start(folder, environment, module, arguments)
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __call__(self, folder: Path, *arguments: str, module: str = "nasamp") -> Done:
        process = self.start(folder, *arguments, module=module)
        stdout, stderr = process.communicate()
        return Done(process.args, process.returncode, stdout, stderr)


@pytest.fixture(scope="session")
def program(cache: Path) -> Iterator[Program]:
    """Return the program, to be run in a folder of the test's choice."""
    if sys.platform != "linux":  # macOS' own libraries are not to be forked
        yield Program(cache)
        return
    server = Server(os.environ | Program(cache).environment)
    yield Program(cache, server=server)
    server.stop()


@pytest.fixture
def nasamp(program: Program, tmp_path: Path) -> Callable[..., Done]:
    """Return the program, run in the test's empty folder."""
    return partial(program, tmp_path)
