"""A folder of broken recordings, made from good ones: each gives its named finding, and none a traceback."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from recordings import data_for, real

from nasamp.audio import files, synthetic
from nasamp.audio import recording as audio
from nasamp.audio.examination import examine
from nasamp.check import recording_report as check_report
from nasamp.errors import AudioError
from nasamp.schema import CheckConfig

SECONDS = 12
Pair = tuple[np.ndarray, np.ndarray, int]


@pytest.fixture(scope="module", params=["built-in", "mesa_crunch"])
def good(request, cache) -> Pair:
    """Return 12 s of a good recording: long enough to train on, short enough to be warned about."""
    if request.param == "built-in":
        paths: tuple[Path, ...] = synthetic.recording("screamer", SECONDS, 44_100, cache)
    else:
        paths = real(request.param)
    (dry, rate), (wet, _) = (soundfile.read(path, dtype="float32", frames=SECONDS * 44_100) for path in paths)
    return dry, wet, rate


def written(folder: Path, good: Pair, *, form: str = "wav", subtype: str = "PCM_24") -> tuple[Path, Path]:
    """Write the good recording and return its files."""
    dry, wet, rate = good
    for name, signal in (("dry", dry), ("wet", wet)):
        soundfile.write(folder / f"{name}.{form}", signal, rate, subtype=subtype)
    return folder / f"dry.{form}", folder / f"wet.{form}"


def complaints(dry: Path, wet: Path, **changes) -> set[tuple[str, str]]:
    """Return the checks with a warning or an error, except the warning about the length of 12 s."""
    found = {(each.check, each.verdict) for each in examine(data_for(dry, wet, **changes)).findings}
    return {each for each in found if each[1] in ("error", "warning")} - {("E8", "warning")}


@pytest.mark.parametrize(
    ("form", "subtype"),
    [("wav", "PCM_16"), ("wav", "PCM_24"), ("wav", "PCM_32"), ("wav", "FLOAT"), ("wav", "DOUBLE"), ("flac", "PCM_24")],
)
def test_every_accepted_format_is_read_without_a_warning(tmp_path, good, form, subtype):
    assert complaints(*written(tmp_path, good, form=form, subtype=subtype)) == set()


def test_eight_bits_are_refused(tmp_path, good):
    dry, wet = written(tmp_path, good, subtype="PCM_U8")
    assert complaints(dry, wet) == {("E1", "error")}
    with pytest.raises(AudioError, match=r"dry\.wav: is WAV .*8 bit.*; WAV \(16/24/32 bit, float\) and FLAC"):
        audio.load(data_for(dry, wet))


def test_an_mp3_under_the_name_of_a_wav_is_refused(tmp_path, good):
    if "MP3" not in soundfile.available_formats():
        pytest.skip("this libsndfile cannot write MP3")
    dry, wet = written(tmp_path, good)
    soundfile.write(wet, good[1], good[2], format="MP3")
    assert complaints(dry, wet) == {("E1", "error")}
    with pytest.raises(AudioError, match=r"wet\.wav: is .*MPEG"):
        files.sample_rate(data_for(dry, wet))  # a dry run says so too


# Damaged bytes: what is done to the output's file, and the finding
DAMAGES: dict[str, tuple[Callable[[bytes], bytes], str, str]] = {
    "zero bytes": (lambda content: b"", "error", "cannot be read: Format not recognised"),
    "truncated header": (lambda content: content[:30], "error", "cannot be read"),
    "size never written": (
        lambda content: with_data_size(content, 0),
        "warning",
        "declares 0 bytes of audio, but 1,587",
    ),
    "no size at all": (
        lambda content: with_data_size(content[:4] + b"\0\0\0\0" + content[8:], 0),
        "warning",
        "declares 0 bytes of audio",
    ),
    "no samples but a comment": (
        lambda content: with_data_size(content[: content.index(b"data") + 8], 0) + b"LIST\4\0\0\0INFO",
        "error",
        "holds no samples",
    ),
    "no samples": (lambda content: content[: content.index(b"data") + 8], "error", "holds no samples"),
    "text": (lambda content: b"no audio at all", "error", "cannot be read"),
    "no channels": (lambda content: content[:22] + b"\0\0" + content[24:], "error", "cannot be read: Channel count"),
    "rate of zero": (lambda content: content[:24] + b"\0\0\0\0" + content[28:], "error", "cannot be read"),
    "2 GB header lie": (
        lambda content: with_data_size(content, 2**31 - 37),
        "warning",
        "its header declares 2,147,483,611 bytes of audio, but the file ends after 1,587,600",
    ),
    "streamed, size never set": (lambda content: with_data_size(content, 2**32 - 1), "warning", "header declares"),
}


def with_data_size(content: bytes, size: int) -> bytes:
    place = content.index(b"data") + 4
    return content[:place] + struct.pack("<I", size) + content[place + 4 :]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_named_with_what_is_wrong(tmp_path, good, damage):
    change, verdict, words = DAMAGES[damage]
    dry, wet = written(tmp_path, good)
    wet.write_bytes(change(wet.read_bytes()))
    found = [each for each in examine(data_for(dry, wet)).findings if each.check == "E1" and each.verdict != "fine"]
    assert [(each.verdict, words in each.found, "wet.wav" in each.found) for each in found] == [(verdict, True, True)]


def test_a_truncated_file_gives_a_warning_and_is_refused_for_its_length(tmp_path, good):
    dry, wet = written(tmp_path, good)
    wet.write_bytes(wet.read_bytes()[:-1_000_000])
    assert complaints(dry, wet) >= {("E1", "warning"), ("E4", "error")}


@pytest.mark.parametrize(
    "change",
    [lambda content: content[: len(content) // 2], lambda content: content[:60], lambda content: with_frames(content)],
    ids=["cut in half", "cut in the header", "promises 68 billion samples"],
)
def test_a_damaged_flac_is_refused(tmp_path, good, change):
    dry, wet = written(tmp_path, good, form="flac")
    wet.write_bytes(change(wet.read_bytes()))
    assert complaints(dry, wet) == {("E1", "error")}


def with_frames(content: bytes) -> bytes:
    """Set the 36 bits of STREAMINFO that count the samples."""
    return content[:21] + bytes([content[21] | 0x0F]) + b"\xff" * 4 + content[26:]


def test_folders_and_absent_files_are_named(tmp_path, good):
    dry, wet = written(tmp_path, good)
    (tmp_path / "folder.wav").mkdir()
    assert complaints(dry, tmp_path / "folder.wav") == {("E1", "error")}
    wet.unlink()
    with pytest.raises(AudioError, match=r"wet\.wav: cannot be read: there is no such file"):
        audio.load(data_for(dry, wet))


def test_the_same_file_as_input_and_output_gives_no_traceback(tmp_path, good):
    dry, _ = written(tmp_path, good)
    assert complaints(dry, dry) == set()


def test_several_faults_at_once_are_all_named(tmp_path, good):
    """Stereo with different channels, a NaN, the wrong polarity, clipped, late, a second too long."""
    dry, wet, rate = good
    wet = np.clip(-np.roll(wet, 400), -0.2 * np.abs(wet).max(), np.abs(wet).max())
    wet = np.concatenate([wet, wet[: rate + rate // 2]])
    wet[5000] = np.nan
    soundfile.write(tmp_path / "dry.wav", dry, rate, subtype="FLOAT")
    soundfile.write(tmp_path / "wet.wav", np.stack([wet, 0.5 * wet], 1), rate, subtype="FLOAT")
    data = data_for(tmp_path / "dry.wav", tmp_path / "wet.wav")
    found = complaints(tmp_path / "dry.wav", tmp_path / "wet.wav")
    assert found >= {("E4", "error"), ("E5", "error"), ("E6", "error"), ("W1", "warning"), ("W2", "warning")}
    with pytest.raises(AudioError) as refused:
        audio.load(data)
    assert len(str(refused.value).splitlines()) == 3


def test_a_silent_file_is_reported_as_silent_not_as_unrelated(tmp_path, good):
    dry, wet, rate = good
    found = complaints(*written(tmp_path, (dry, np.zeros_like(wet), rate)))
    assert found == {("E7", "error")}


def test_one_resampled_file_is_refused_and_resampling_both_fixes_it(tmp_path, good):
    dry, wet = written(tmp_path, good)
    soundfile.write(wet, soxr.resample(good[1], good[2], 48_000), 48_000, subtype="PCM_24")
    assert complaints(dry, wet) == {("E2", "error")}
    assert complaints(dry, wet, resample=44_100) == set()


@pytest.mark.parametrize("value", [3.4e38, -1e30, 2e6])
def test_absurdly_large_samples_are_refused_and_still_drawn(tmp_path, good, value):
    dry, wet, rate = good
    wet = wet.copy()
    wet[rate : 2 * rate] = value
    paths = written(tmp_path, (dry, wet, rate), subtype="FLOAT")
    text, outcome = check_report.write(CheckConfig(None, None, tmp_path / "checked", False, data_for(*paths)))
    assert f"wet.wav: {rate:,} non-finite samples, the first at 1.000 s" in text
    assert isinstance(outcome, AudioError)
    assert (tmp_path / "checked" / "recording.png").exists()


@pytest.mark.parametrize("rate", [1, 7_999, 384_001, 2**31 - 1])
@pytest.mark.parametrize("resample", [None, 44_100])
def test_an_implausible_sample_rate_is_refused_before_memory_is_allocated(tmp_path, good, rate, resample):
    for path in written(tmp_path, good):
        content = path.read_bytes()
        path.write_bytes(content[:24] + struct.pack("<I", rate) + content[28:])
    data = data_for(tmp_path / "dry.wav", tmp_path / "wet.wav", resample=resample)
    found = [each.line for each in examine(data).findings if each.verdict == "error"]
    assert [f"says {rate:,} Hz; 8,000 to 384,000 Hz are accepted" in line for line in found] == [True, True]
    with pytest.raises(AudioError, match=r"wet\.wav.*8,000 to 384,000 Hz"):
        files.sample_rate(data)


def test_a_wrong_rate_in_the_header_is_reported_as_another_take(tmp_path, good):
    """44.1 kHz played back as 48 kHz: same header rate, other speed."""
    dry, wet, rate = good
    slow = np.resize(soxr.resample(wet, rate, 48_000), len(wet))
    assert ("E9", "error") in complaints(*written(tmp_path, (dry, slow, rate)))
