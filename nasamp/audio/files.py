"""The paths of a recording's files and what their headers say; no samples are read.

A dry run needs only this, so soundfile, NumPy and SciPy are imported only where a file is opened or made.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from nasamp.audio.findings import Finding, refuse
from nasamp.audio.unfinished import Source, source, unfinished
from nasamp.errors import AudioError
from nasamp.schema import Data
from nasamp.schema.keys import leaves

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Result = TypeVar("Result")

ACCEPTED = "WAV (16/24/32 bit, float) and FLAC are accepted"
_LOSSLESS = ("PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE")
_UNKNOWN_LENGTH = 2**63 - 1  # libsndfile's value for a FLAC that was written into a pipe
_TRUNCATED = re.compile(r"^data : (\d+) \(should be (\d+)\)", re.MULTILINE)  # in libsndfile's log, in bytes


def name(data: Data) -> str:
    """Return the recording's short name."""
    return data.name or data.device or (data.output.stem if data.output else "recording")


def search_name(recording: str) -> str:
    """Return a recording's name as a search name: safe as a folder name and in a shell.

    >>> search_name("Mesa (1).take")
    'Mesa_1_take'
    """
    return re.sub(r"[^\w+-]+", "_", recording).strip("_")


def sample_rate(data: Data) -> int:
    """Return the sample rate in Hz that is used for training, without reading the samples.

    Raises:
        AudioError: where a file's header cannot be read, or its rate differs from the config's.
    """
    if data.device and data.sample_rate:
        return data.resample or data.sample_rate
    paths = files(data)
    headers = [header(path) for path in paths]
    refuse(found for _, found in headers)
    dry, wet = (rate for rate, _ in headers)
    refuse(rates(paths, dry, wet, data))
    return data.resample or dry


def samples(data: Data, rate: int) -> int:
    """Return the approximate length in samples at a rate in Hz, from the input's header."""
    seconds = data.seconds or float("inf")
    if not (data.device and data.sample_rate):
        import soundfile  # type: ignore[import-untyped]

        info = opened(files(data)[0], soundfile.info)
        seconds = min(seconds, info.frames / info.samplerate)
    return round(seconds * rate)


def files(data: Data) -> tuple[Path, Path]:
    """Return the paths of the dry and the wet file; the built-in recording is generated if it does not exist."""
    if data.device and data.seconds and data.sample_rate:
        import platformdirs

        from nasamp.audio import synthetic

        cache = data.cache or platformdirs.user_cache_path("nasamp")
        return synthetic.recording(data.device, data.seconds, data.sample_rate, cache)
    if data.input is None or data.output is None:
        raise AudioError("data.input and data.output: both files are needed")
    return data.input, data.output


def header(path: Path) -> tuple[int, Finding]:
    """Return a file's sample rate in Hz and E1, whether it can be read; the rate is 0 where it cannot."""
    import soundfile

    try:
        info, unclosed = soundfile.info(source(path), verbose=True), unfinished(path)
    except (soundfile.LibsndfileError, OSError) as error:
        return 0, unreadable(path, error)
    if problem := unusable_rate(path, info.samplerate):
        return 0, problem
    if info.subtype not in _LOSSLESS:
        return 0, Finding("E1", "error", f"{path}: is {info.format_info}, {info.subtype_info}", ACCEPTED)
    if problem := unusable_length(path, info.frames):
        return 0, problem
    if unclosed:
        found = f"{path}: its header declares 0 bytes of audio, but {unclosed.held:,} follow, which are read"
        return info.samplerate, Finding(
            "E1", "warning", found, "listen to its end: the recorder did not close the file"
        )
    if truncated := _TRUNCATED.search(info.extra_info):
        declared, held = (int(size) for size in truncated.groups())
        found = f"{path}: its header declares {declared:,} bytes of audio, but the file ends after {held:,}"
        return info.samplerate, Finding("E1", "warning", found, "listen to its end: the export may be cut off")
    return info.samplerate, Finding("E1", "fine", f"{path}: {info.format_info}, {info.subtype_info}")


def opened(path: Path, read: Callable[[Source], Result]) -> Result:
    """Return what ``read`` returns for a file; raise AudioError where the file cannot be read."""
    import soundfile

    try:
        return read(source(path))
    except (soundfile.LibsndfileError, OSError) as error:
        raise AudioError(unreadable(path, error).line) from None


def unusable_rate(path: Path, rate: int) -> Finding | None:
    """Return E1 for a sample rate in Hz outside the range of data.sample_rate, else None."""
    says = leaves(Data)["sample_rate"][1]
    if says.low <= rate <= says.high:
        return None
    accepted = f"{says.low:,} to {says.high:,} Hz are accepted"
    return Finding("E1", "error", f"{path}: its header says {rate:,} Hz", accepted)


def unusable_length(path: Path, frames: int) -> Finding | None:
    """Return E1 for a file that is empty or whose header does not give its length, else None."""
    if frames == 0:
        return Finding("E1", "error", f"{path}: holds no samples", "export it again")
    if frames == _UNKNOWN_LENGTH:
        return Finding("E1", "error", f"{path}: its header does not say how many samples it holds", "export it again")
    return None


def not_finite(path: Path, is_sound: NDArray[np.bool_], rate: int) -> Finding | None:
    """Return E6 where a file has invalid samples, else None; ``is_sound`` flags the valid ones."""
    if is_sound.all():
        return None
    found = f"{path}: {(~is_sound).sum():,} non-finite samples, the first at {is_sound.argmin() / rate:.3f} s"
    return Finding("E6", "error", found, "export it again")


def unreadable(path: Path, error: Exception) -> Finding:
    """Return E1 for an exception that opening or reading a file raised."""
    reason = str(error).rpartition(": ")[2].strip(". ") if path.exists() else "there is no such file"
    return Finding("E1", "error", f"{path}: cannot be read: {reason}", ACCEPTED)


def rates(paths: tuple[Path, Path], dry: int, wet: int, data: Data) -> list[Finding]:
    """Return E2 and E3: whether the rates in Hz are equal, and whether they match the config."""
    if data.resample:
        both = f"{paths[0]}: {dry} Hz, {paths[1]}: {wet} Hz, both resampled to {data.resample} Hz"
        return [Finding("E2", "fine", both)]
    if dry != wet:
        found = f"{paths[0]}: {dry} Hz, but {paths[1]} has {wet} Hz"
        return [Finding("E2", "error", found, f"export both again at one rate, or set data.resample={dry}")]
    equal = Finding("E2", "fine", f"both files: {dry} Hz")
    if data.sample_rate and data.sample_rate != dry:
        advice = f"set data.sample_rate={dry} or data.resample={data.sample_rate}"
        return [equal, Finding("E3", "error", f"both files: {dry} Hz, but data.sample_rate={data.sample_rate}", advice)]
    return [equal, Finding("E3", "fine", f"data.sample_rate={data.sample_rate or 'null'}: {dry} Hz")]
