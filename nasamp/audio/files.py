"""The files of a recording: which they are, and what their headers say. No sample is read.

A dry run needs only this: soundfile, NumPy and SciPy are imported where a file is opened or made.
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
from nasamp.schema.checking import leaves

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Result = TypeVar("Result")

ACCEPTED = "WAV (16/24/32 bit, float) and FLAC are accepted"
_LOSSLESS = ("PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE")
_UNKNOWN_LENGTH = 2**63 - 1  # libsndfile's word for a FLAC that was written into a pipe
_PROMISE = re.compile(r"^data : (\d+) \(should be (\d+)\)", re.MULTILINE)  # libsndfile's log, in bytes


def name(data: Data) -> str:
    """Return the recording's short name."""
    return data.name or data.device or (data.output.stem if data.output else "recording")


def search_name(recording: str) -> str:
    """Return a name for the search of a recording: its name as a plain folder name, and as a shell takes it.

    >>> search_name("Mesa (1).take")
    'Mesa_1_take'
    """
    return re.sub(r"[^\w+-]+", "_", recording).strip("_")


def sample_rate(data: Data) -> int:
    """Return the rate in Hz that training will have, without reading the samples.

    Raises:
        AudioError: where a file's header cannot be read, or says another rate than the config.
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
    """Return about how many samples training will have at a rate in Hz: as the header of the input says."""
    seconds = data.seconds or float("inf")
    if not (data.device and data.sample_rate):
        import soundfile  # type: ignore[import-untyped]

        info = opened(files(data)[0], soundfile.info)
        seconds = min(seconds, info.frames / info.samplerate)
    return round(seconds * rate)


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


def header(path: Path) -> tuple[int, Finding]:
    """Return the rate in Hz and whether the file can be read (E1); the rate is 0 where it cannot."""
    import soundfile

    try:
        info, unclosed = soundfile.info(source(path), verbose=True), unfinished(path)
    except (soundfile.LibsndfileError, OSError) as error:
        return 0, unreadable(path, error)
    if problem := of_no_converter(path, info.samplerate):
        return 0, problem
    if info.subtype not in _LOSSLESS:
        return 0, Finding("E1", "error", f"{path}: is {info.format_info}, {info.subtype_info}", ACCEPTED)
    if problem := without_length(path, info.frames):
        return 0, problem
    if unclosed:
        found = f"{path}: its header promises 0 bytes of audio, but {unclosed.held:,} follow, and are read"
        return info.samplerate, Finding("E1", "warning", found, "listen to its end: the recorder did not close it")
    if promise := _PROMISE.search(info.extra_info):
        promised, held = (int(size) for size in promise.groups())
        found = f"{path}: its header promises {promised:,} bytes of audio, but the file ends after {held:,}"
        return info.samplerate, Finding("E1", "warning", found, "listen to its end: the export may have broken off")
    return info.samplerate, Finding("E1", "fine", f"{path}: {info.format_info}, {info.subtype_info}")


def opened(path: Path, read: Callable[[Source], Result]) -> Result:
    """Return what a function reads from a file, or raise AudioError that says why not."""
    import soundfile

    try:
        return read(source(path))
    except (soundfile.LibsndfileError, OSError) as error:
        raise AudioError(unreadable(path, error).line) from None


def of_no_converter(path: Path, rate: int) -> Finding | None:
    """Return E1 for a file whose rate in Hz is outside what data.sample_rate may be; None for any other."""
    says = leaves(Data)["sample_rate"][1]
    if says.low <= rate <= says.high:
        return None
    accepted = f"{says.low:,} to {says.high:,} Hz are accepted"
    return Finding("E1", "error", f"{path}: its header says {rate:,} Hz", accepted)


def without_length(path: Path, frames: int) -> Finding | None:
    """Return E1 for a file of no samples, or of a number that only its end knows; None for any other."""
    if frames == 0:
        return Finding("E1", "error", f"{path}: holds no samples", "export it again")
    if frames == _UNKNOWN_LENGTH:
        return Finding("E1", "error", f"{path}: its header does not say how many samples it holds", "export it again")
    return None


def not_finite(path: Path, is_sound: NDArray[np.bool_], rate: int) -> Finding | None:
    """Return E6 where not every sample of a file is sound, from a flag for each; None where all are."""
    if is_sound.all():
        return None
    found = f"{path}: {(~is_sound).sum():,} non-finite samples, the first at {is_sound.argmin() / rate:.3f} s"
    return Finding("E6", "error", found, "export it again")


def unreadable(path: Path, error: Exception) -> Finding:
    """Return E1 for what opening or reading a file raised."""
    reason = str(error).rpartition(": ")[2].strip(". ") if path.exists() else "there is no such file"
    return Finding("E1", "error", f"{path}: cannot be read: {reason}", ACCEPTED)


def rates(paths: tuple[Path, Path], dry: int, wet: int, data: Data) -> list[Finding]:
    """Return whether the rates in Hz are equal (E2) and those that the config expects (E3)."""
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
