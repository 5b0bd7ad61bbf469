"""Runs the engine of Neural Amp Modeler in node: npm's @opendaw/nam-wasm, its C++ compiled to WebAssembly."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nasamp.errors import ConfigError

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
        return f"npm's {PACKAGE} is not installed; type in this folder: npm install {PACKAGE}"
    return ""


def version() -> str:
    """Return the names and versions of the engine and of node."""
    package = json.loads((_found() / "package.json").read_text("utf-8"))
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)  # noqa: S607
    return f"nam-wasm {package['version']}, node {node.stdout.strip().removeprefix('v')}"


def play(
    models: Sequence[Path], signal: NDArray[np.float32], *, sample_rate: int, block: int, warm_up: int = 0
) -> list[Played]:
    """Play a signal through several .nam files, one after the other, in one process.

    Args:
        models: paths of the files.
        signal: shape (samples,).
        sample_rate: in Hz.
        block: samples per block.
        warm_up: blocks that are played first without being timed, while WebAssembly is still being compiled.

    Raises:
        ConfigError: if the engine is not installed, or refuses a file.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        signal.astype("<f4").tofile(folder / "input")
        outputs = [folder / f"output{i}" for i in range(len(models))]
        jobs = [
            {"model": str(model.absolute()), "block": block, "warmUp": warm_up, "output": str(output)}
            for model, output in zip(models, outputs, strict=True)
        ]
        task = {"package": str(_found()), "input": str(folder / "input"), "sampleRate": sample_rate, "jobs": jobs}
        done = subprocess.run(  # noqa: S603
            ["node", str(_SCRIPT)],  # noqa: S607
            input=json.dumps(task),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ConfigError(f"nam-wasm stopped: {_reason(done.stderr)}")
        return [
            Played(np.fromfile(output, dtype="<f4"), result["cpuSeconds"], np.array(result["wallSeconds"]))
            for output, result in zip(outputs, json.loads(done.stdout), strict=True)
        ]


def _found() -> Path:
    if reason := missing():
        raise ConfigError(f"benchmark.engine=nam-wasm: {reason}")
    return _package()  # type: ignore[return-value]


def _package() -> Path | None:
    """Return the folder of the npm package, in the current folder or in a checkout of nasamp; None if there is none."""
    places = (folder / "node_modules" / PACKAGE for folder in (Path.cwd(), _CHECKOUT))
    return next((place for place in places if place.is_dir()), None)


def _reason(said: str) -> str:
    """Return the line of node's error output that gives the reason."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return next((line for line in lines if "Error" in line), lines[-1] if lines else "no reason given")[:300]
