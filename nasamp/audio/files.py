"""The files of a recording: which they are, and what their headers say. No sample is read.

A dry run needs only this: soundfile, NumPy and SciPy are imported where a file is opened or made.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from nasamp.errors import AudioError
from nasamp.schema import Data

Result = TypeVar("Result")


def name(data: Data) -> str:
    """Return the recording's short name."""
    return data.name or data.device or (data.output.stem if data.output else "recording")


def sample_rate(data: Data) -> int:
    """Return the rate in Hz without reading the samples.

    Raises:
        AudioError: where a file's header cannot be read, or says another rate than the config.
    """
    if data.device and data.sample_rate:
        return data.sample_rate
    import soundfile  # type: ignore[import-untyped]

    paths = files(data)
    dry, wet = (opened(path, lambda path: int(soundfile.info(path).samplerate)) for path in paths)
    refuse_other_rates(paths, dry, wet, data.sample_rate)
    return dry


def files(data: Data) -> tuple[Path, Path]:
    """Return the paths of dry and wet; the built-in recording is made first if need be."""
    if data.device and data.seconds and data.sample_rate:
        import platformdirs

        from nasamp.audio import synthetic

        cache = data.cache or platformdirs.user_cache_path("nasamp")
        return synthetic.recording(data.device, data.seconds, data.sample_rate, cache)
    if data.input is None or data.output is None:
        raise AudioError("data.input and data.output: both files are needed")
    return data.input, data.output


def opened(path: Path, read: Callable[[str], Result]) -> Result:
    """Return what a function reads from a file, or raise AudioError that says why not."""
    import soundfile

    try:
        return read(str(path))
    except (soundfile.LibsndfileError, OSError) as error:
        reason = "there is no such file" if not path.exists() else str(error).rpartition(": ")[2].strip(". ")
        raise AudioError(f"{path}: cannot be read: {reason}. WAV (16/24/32 bit, float) and FLAC are accepted") from None


def refuse_other_rates(paths: tuple[Path, Path], dry: int, wet: int, wanted: int | None) -> None:
    """Raise AudioError where the rates in Hz differ, or are not the wanted one."""
    if dry != wet:
        raise AudioError(f"{paths[1]}: {wet} Hz, but {paths[0]} has {dry} Hz; export both at one rate")
    if wanted and wanted != dry:
        raise AudioError(f"{paths[0]}: {dry} Hz, but data.sample_rate={wanted}; set data.sample_rate=null")
