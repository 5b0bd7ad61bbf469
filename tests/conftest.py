"""What several tests need: the real recordings, and the program as a subprocess."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
AUDIO = ROOT.parent / "shared" / "audio"


@pytest.fixture(scope="session")
def mesa() -> tuple[Path, Path]:
    """Return a real recording: dry and wet."""
    folder = AUDIO / "mesa_crunch"
    if not folder.exists():
        pytest.skip(f"needs the recordings in {AUDIO}, which the project does not ship")
    return folder / "input.flac", folder / "output.flac"


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one folder of generated audio for all tests."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def nasamp(tmp_path: Path, cache: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs `python -m nasamp ...` in an empty folder."""

    def run(*arguments: str, module: str = "nasamp") -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(cache)}
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run
