"""Runs the engine of Neural Amp Modeler in node: npm's @opendaw/nam-wasm, its C++ compiled to WebAssembly."""

import json
import re
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from nasamp.errors import ExportError

PACKAGE = "@opendaw/nam-wasm"
_SCRIPT = Path(__file__).with_suffix(".mjs")
_CHECKOUT = Path(__file__).parents[2] / "tests" / "engines"


@dataclass(frozen=True)
class Played:
    """The output, shape (samples,), and the times in s: CPU time in total, wall-clock time per block."""

    output: NDArray[np.float32]
    cpu_seconds: float
    wall_seconds: NDArray[np.float64]


def missing() -> str:
    """Return what has to be installed, as a message; empty if nothing is missing."""
    if not shutil.which("node"):
        return "node is not installed (https://nodejs.org)"
    if not _package():
        return f"npm's {PACKAGE} is not installed; type: npm install {PACKAGE}"
    return ""


def version() -> str:
    """Return the names and versions of the engine and of node."""
    package = json.loads((Path(str(_package())) / "package.json").read_text("utf-8"))
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)  # noqa: S607
    return f"nam-wasm {package['version']}, node {node.stdout.strip().removeprefix('v')}"


class Player:
    """NAM's engine in a process of node, see ``player``; plays one .nam after the other."""

    def __init__(self, process: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
        """Take the process, and the file of its error output."""
        self._process, self._errors, self._model = process, errors, Path()

    def load(
        self, model: Path, signal: NDArray[np.float32], *, sample_rate: int, block: int, warm_up: int = 0
    ) -> Played:
        """Load a .nam and play a signal from the state after silence on.

        Args:
            model: path of the file.
            signal: shape (samples,); may be empty.
            sample_rate: in Hz.
            block: samples per block.
            warm_up: blocks of the signal that are played first without being timed, while WebAssembly is compiled.

        Raises:
            ExportError: if the engine refuses the file.
        """
        self._model = model
        how = {"model": str(model.absolute()), "sampleRate": sample_rate, "block": block, "warmUp": warm_up}
        return self._answer(how, signal)

    def play(self, signal: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the output of the loaded model for the samples that follow the ones before, shape (samples,)."""
        return self._answer({}, signal).output

    def _answer(self, request: dict[str, Any], signal: NDArray[np.float32]) -> Played:
        assert self._process.stdin and self._process.stdout  # noqa: S101 - pipes
        header = json.dumps(request).encode()
        try:
            self._process.stdin.write(struct.pack("<II", len(header), len(signal)) + header)
            self._process.stdin.write(signal.astype("<f4").tobytes())
            self._process.stdin.flush()
        except BrokenPipeError:
            self._stopped()
        length, samples = struct.unpack("<II", self._received(8))
        times = json.loads(self._received(length))
        output = np.frombuffer(self._received(4 * samples), dtype="<f4")
        return Played(output.astype(np.float32), times["cpuSeconds"], np.array(times["wallSeconds"]))

    def _received(self, size: int) -> bytes:
        found = self._process.stdout.read(size)  # type: ignore[union-attr]
        return found if len(found) == size else self._stopped()

    def _stopped(self) -> NoReturn:
        self._process.wait()
        self._errors.seek(0)
        reason = _reason(self._errors.read().decode("utf-8", "replace"))
        raise ExportError(f"{self._model}: nam-wasm stopped: {reason}")


@contextmanager
def player() -> Iterator[Player]:
    """Start the engine, of which ``missing`` says whether it can start, and end it."""
    command = ["node", str(_SCRIPT), str(_package())]
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors) as process,  # noqa: S603
    ):
        try:
            yield Player(process, errors)
        finally:
            process.kill()
            process.communicate()


def play(
    models: Sequence[Path], signal: NDArray[np.float32], *, sample_rate: int, block: int, warm_up: int = 0
) -> list[Played]:
    """Return what each of several .nam files makes of a signal; see ``Player.load``."""
    with player() as engine:
        return [engine.load(model, signal, sample_rate=sample_rate, block=block, warm_up=warm_up) for model in models]


def _package() -> Path | None:
    """Return the folder of the npm package; None if there is none.

    Like node and npm it looks in the current folder and in those above it; then in a checkout of nasamp.
    """
    here = Path.cwd()
    places = (folder / "node_modules" / PACKAGE for folder in (here, *here.parents, _CHECKOUT))
    return next((place for place in places if place.is_dir()), None)


def _reason(errors: str) -> str:
    """Return what node's error output gives as the reason, on one line."""
    found = re.search(r"^\w*Error: (.*)$", errors, re.MULTILINE)
    return found[1].strip()[:300] if found else "it gives no reason"
