"""Recordings for tests: files as people make them, and the config that names them."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from omegaconf import OmegaConf

from nasamp.schema import Data
from nasamp.schema.limits import Limits

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "audio"
LIMITS = Limits(**OmegaConf.load(ROOT / "conf" / "data" / "limits" / "default.yaml"))
RATE = 8000


def noise(seconds: float = 12.0) -> np.ndarray:
    """Return white noise at ``RATE``: the plainest signal that every check can judge."""
    return np.random.default_rng(0).uniform(-0.5, 0.5, round(seconds * RATE)).astype(np.float32)


def real(name: str) -> tuple[Path, Path]:
    """Return the files of a real recording, dry and wet; skip where they are not there."""
    if not REAL.exists():
        pytest.skip(f"needs the recordings in {REAL}, which the project does not ship")
    dry, wet = (next((REAL / name).glob(f"{which}.*")) for which in ("input", "output"))
    return dry, wet


def data_for(dry: Path | None, wet: Path | None, **changes) -> Data:
    """Return the config of data=recording for two files, with changes."""
    shipped = OmegaConf.merge(
        *(OmegaConf.load(ROOT / "conf" / "data" / f"{name}.yaml") for name in ("synthetic", "recording"))
    )
    settings = OmegaConf.to_container(shipped)
    settings.pop("defaults")
    return Data(**(settings | {"input": dry, "output": wet, "limits": LIMITS} | changes))


def data_of(
    folder: Path, dry: np.ndarray, wet: np.ndarray, *, rates=(RATE, RATE), form=("wav", "FLOAT"), **changes
) -> Data:
    """Write two signals under names that need quoting, and return the config that names them."""
    paths = [folder / f"{name}.{form[0]}" for name in ("in (1)=a,b", "Übung")]
    for path, signal, rate in zip(paths, (dry, wet), rates, strict=True):
        soundfile.write(path, signal, rate, subtype=form[1])
    return data_for(*paths, **changes)
