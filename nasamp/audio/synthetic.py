"""The built-in recording: the guitar and one device as a pair of WAV files, generated once and cached."""

import tempfile
from pathlib import Path

import numpy as np
import soundfile  # type: ignore[import-untyped]
from numpy.typing import NDArray

from nasamp.audio.devices import DEVICES
from nasamp.audio.guitar import performance
from nasamp.errors import AudioError, ConfigError

VERSION = 1  # part of the folder's name; raise it whenever a sample changes, so that old files are not used
FULL_SCALE = 2**23  # 24 bit


def recording(device: str, seconds: float, sample_rate: int, cache: Path) -> tuple[Path, Path]:
    """Return the paths of the dry and wet WAV (mono, 24 bit, same length) in ``cache``; generate them if missing.

    Safe for any number of processes at once: each sees complete files, and the first to finish wins.

    Raises:
        ConfigError: where there is no such device.
        AudioError: where the folder cannot be written, or is damaged.
    """
    if device not in DEVICES:
        raise ConfigError(f"data.device={device}: no such device; choose one of {', '.join(DEVICES)}")
    folder = cache / "synthetic" / f"{device}_{seconds:g}s_{sample_rate}_v{VERSION}"
    dry, wet = folder / "input.wav", folder / "output.wav"
    if not (dry.is_file() and wet.is_file()):
        _make(folder, *samples(device, seconds, sample_rate), sample_rate)
    return dry, wet


def samples(device: str, seconds: float, sample_rate: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return dry and wet as 24-bit integers; the device processes the quantized dry samples."""
    dry = _quantized(performance(seconds, sample_rate), "guitar")
    return dry, _quantized(DEVICES[device](dry / FULL_SCALE, sample_rate), device)


def _quantized(wave: NDArray[np.float64], source: str) -> NDArray[np.int32]:
    rounded = np.rint(wave * FULL_SCALE)
    peak = np.abs(rounded).max(initial=0)
    if peak >= FULL_SCALE:
        raise AudioError(f"{source}: peak {peak / FULL_SCALE:.2f} would clip; a built-in source must stay below 1")
    return rounded.astype(np.int32)


def _make(folder: Path, dry: NDArray[np.int32], wet: NDArray[np.int32], sample_rate: int) -> None:
    """Write both files into a temporary folder and rename it; keep the files of a process that was faster."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as temporary:
            draft = Path(temporary) / "pair"
            draft.mkdir()
            for name, integers in (("input.wav", dry), ("output.wav", wet)):
                soundfile.write(draft / name, integers << 8, sample_rate, subtype="PCM_24")  # takes the upper 24 bits
            draft.replace(folder)
    except (OSError, soundfile.SoundFileError) as error:
        if not ((folder / "input.wav").is_file() and (folder / "output.wav").is_file()):
            raise AudioError(
                f"{folder}: cannot be written ({error}); delete it if it exists but is incomplete, "
                "or set data.cache=FOLDER"
            ) from error
