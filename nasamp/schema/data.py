"""The recording and its parts."""

from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Annotated, Any, Literal

from nasamp.schema.keys import Says
from nasamp.schema.limits import Limits


@dataclass(frozen=True)
class Data:
    """The recording and its parts."""

    name: Annotated[str | None, Says("short name in tables")]
    device: Annotated[Literal["overdrive", "screamer", "muff", "tube"] | None, Says("virtual device")]
    input: Annotated[Path | None, Says("file with the dry guitar")]
    output: Annotated[Path | None, Says("file with the amp's output")]
    channel: Annotated[Literal["left", "right"] | None, Says("channel of a stereo file to use")]
    sample_rate: Annotated[int | None, Says("sample rate in Hz", 8000, 384_000)]
    resample: Annotated[int | None, Says("sample rate in Hz to resample both files to", 8000, 384_000)]
    delay: Annotated[int, Says("samples by which the output lags the input", -100_000_000, 100_000_000)]
    trim: Annotated[bool, Says("whether the longer file is trimmed to the shorter")]
    seconds: Annotated[float | None, Says("length to use, in s", 10, 36_000)]
    normalize: Annotated[Literal["peak", "rms"] | None, Says("level that one factor for both signals normalizes")]
    repeat: Annotated[list[Any] | None, Says("[[10, 18], [95, 103]]: two ranges in s with the same input")]
    split: Annotated[Literal["contiguous", "random"], Says("how train, validation and test are chosen")]
    gap_seconds: Annotated[float, Says("s between the parts", 0, 10)]
    validation_share: Annotated[float, Says("share of the recording for validation", 0.01, 0.45)]
    test_share: Annotated[float, Says("share of the recording for the test", 0.01, 0.45)]
    longest_part_seconds: Annotated[float, Says("longest validation and test part, in s", 1, 36_000)]
    cache: Annotated[Path | None, Says("folder for generated audio")]
    prepared: Annotated[Path | None, Says("folder of the recording prepared for training")]
    limits: Limits

    def problem(self) -> str | None:
        """Return why the settings contradict each other, or None."""
        if self.device and (self.input or self.output):
            return "data.input and data.output: need data=recording; type that too"
        if not self.device and not (self.input and self.output):
            return "data.input and data.output: both are required, the dry guitar and the amp's output"
        if self.device and not (self.sample_rate and self.seconds):
            return "data.sample_rate and data.seconds: both are required for the built-in guitar"
        if not self.device and self.resample and self.sample_rate not in (None, self.resample):
            return f"data.sample_rate={self.sample_rate} and data.resample={self.resample}: set one of them to null"
        if self.repeat is not None and not _are_equal_ranges(self.repeat):
            return f"data.repeat={self.repeat}: must be two ranges of equal length in s, such as [[10, 18], [95, 103]]"
        return None


def _are_equal_ranges(ranges: list[Any]) -> bool:
    if [isinstance(each, list) and len(each) for each in ranges] != [2, 2]:
        return False
    ends: list[float] = [end for each in ranges for end in each]
    if any(type(end) not in (int, float) for end in ends):
        return False
    lengths = (ends[1] - ends[0], ends[3] - ends[2])
    return min(ends) >= 0 and 0 < lengths[0] < inf and abs(lengths[1] - lengths[0]) < 1e-6
