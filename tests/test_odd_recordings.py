"""Unusual files: never closed, of a few samples, silent on one channel, or flat without clipping."""

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from recordings import LIMITS, data_for

from nasamp.audio import files, synthetic, unfinished
from nasamp.audio import recording as audio
from nasamp.audio import sound as sounds
from nasamp.audio.examination import examine
from nasamp.check import recording_report as check_report
from nasamp.check.picture import draw
from nasamp.errors import AudioError
from nasamp.schema import CheckConfig

Pair = tuple[np.ndarray, np.ndarray, int]


@pytest.fixture(scope="module")
def good(cache) -> Pair:
    """Return 12 s of the built-in guitar through a device."""
    (dry, rate), (wet, _) = (
        soundfile.read(path, dtype="float32") for path in synthetic.recording("screamer", 12, 44_100, cache)
    )
    return dry, wet, rate


def written(folder: Path, good: Pair, *, form: str = "wav") -> tuple[Path, Path]:
    """Write the recording and return its files."""
    for name, signal in zip(("dry", "wet"), good[:2], strict=True):
        soundfile.write(folder / f"{name}.{form}", signal, good[2], subtype="PCM_24")
    return folder / f"dry.{form}", folder / f"wet.{form}"


def with_data_size(content: bytes, size: int) -> bytes:
    place = content.index(b"data") + 4
    return content[:place] + struct.pack("<I", size) + content[place + 4 :]


@pytest.mark.parametrize("riff", [0, 8, 36, 2**32 - 1, None])
@pytest.mark.parametrize("before", [b"", b"JUNK\x1c\0\0\0" + bytes(28) + b"bext\3\0\0\0abc\0"])
def test_a_wav_that_was_never_closed_is_read_whole(tmp_path, good, riff, before):
    """Its data chunk has a size of 0 bytes; other chunks before it, and the RIFF size, make no difference."""
    _, wet = written(tmp_path, good)
    whole = soundfile.read(wet, dtype="float32")[0]
    content = wet.read_bytes()
    size = content[4:8] if riff is None else struct.pack("<I", riff)
    place = content.index(b"data")
    content = content[:4] + size + content[8:place] + before + with_data_size(content[place:], 0)
    wet.write_bytes(content)
    sound, _ = sounds.read(wet, None, LIMITS)
    assert np.array_equal(sound.samples, whole)
    assert files.header(wet)[1].verdict == "warning"
    assert wet.read_bytes() == content


def test_an_rf64_without_sizes_is_read_whole(tmp_path, good):
    path = tmp_path / "wet.wav"
    soundfile.write(path, good[1], good[2], subtype="PCM_24", format="RF64")
    whole = soundfile.read(path, dtype="float32")[0]
    content = path.read_bytes()
    path.write_bytes(content[:20] + bytes(24) + content[44:])
    assert np.array_equal(sounds.read(path, None, LIMITS)[0].samples, whole)


def test_digital_silence_at_the_start_is_not_taken_for_chunks(tmp_path, good):
    path = tmp_path / "wet.wav"
    soundfile.write(path, np.concatenate([np.zeros(1000), good[1]]), good[2], subtype="PCM_16")
    path.write_bytes(with_data_size(path.read_bytes(), 0))
    assert len(sounds.read(path, None, LIMITS)[0].samples) == 1000 + len(good[1])


def test_a_flac_from_a_pipe_says_that_its_length_is_unknown(tmp_path, good):
    dry, wet = written(tmp_path, good, form="flac")
    content = wet.read_bytes()
    wet.write_bytes(content[:21] + bytes([content[21] & 0xF0]) + bytes(4) + content[26:])
    with pytest.raises(AudioError, match=r"wet\.flac: its header does not say how many samples it holds; export it"):
        audio.load(data_for(dry, wet))


@pytest.mark.parametrize("samples", [0, 1, 3, 4410])
@pytest.mark.parametrize("changes", [{}, {"resample": 8000}])
def test_a_file_of_a_few_samples_is_refused_for_its_length_without_a_traceback(tmp_path, good, samples, changes):
    dry, wet = written(tmp_path, (*(signal[:samples] for signal in good[:2]), good[2]))
    config = CheckConfig(None, None, tmp_path / "checked", False, data_for(dry, wet, **changes))
    text, outcome = check_report.write(config)
    assert (outcome.exit_code, "cannot be trained on" in text) == (2, True)
    with pytest.raises(AudioError, match=r"only \d\.\d s" if samples else "holds no samples"):
        audio.load(config.data)


@pytest.mark.parametrize("left", [1, 2, 50])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_delay_that_leaves_a_few_samples_is_refused_by_name(tmp_path, good, left, sign):
    dry, wet = written(tmp_path, good)
    delay = sign * (len(good[0]) - left)
    with pytest.raises(AudioError, match=rf"dry\.wav and .*wet\.wav: only 0\.\d s without data\.delay={delay}"):
        audio.load(data_for(dry, wet, delay=delay))
    check_report.write(CheckConfig(None, None, tmp_path / "checked", False, data_for(dry, wet, delay=delay)))


@pytest.mark.parametrize(("short", "named"), [(0, "dry.wav"), (1, "wet.wav")])
def test_the_file_that_is_too_short_is_the_one_that_is_named(tmp_path, good, short, named):
    signals = [signal[: 5 * good[2]] if i == short else signal for i, signal in enumerate(good[:2])]
    found = examine(data_for(*written(tmp_path, (*signals, good[2])), trim=True)).findings
    (only,) = (each.found for each in found if each.check == "E8")
    assert (only.startswith(str(tmp_path / named)), " and " in only) == (True, False)


@pytest.mark.parametrize(("chosen", "held"), [("left", "right"), ("right", "left"), (None, "right")])
def test_a_silent_channel_gives_an_error_that_names_the_other_channel(tmp_path, good, chosen, held):
    dry, wet = written(tmp_path, good)
    both = [good[1], np.zeros_like(good[1])]
    soundfile.write(wet, np.stack(both if held == "left" else both[::-1], 1), good[2])
    found = examine(data_for(dry, wet, channel=chosen)).findings
    (silent,) = (each for each in found if (each.check, each.verdict) == ("E7", "error"))
    assert silent.advice == f"the other channel is not silent: data.channel={held}"


def test_where_no_channel_holds_sound_none_is_advised(tmp_path, good):
    dry, wet = written(tmp_path, good)
    soundfile.write(wet, np.zeros((len(good[1]), 2)), good[2])
    found = examine(data_for(dry, wet, channel="left")).findings
    assert next(each.advice for each in found if (each.check, each.verdict) == ("E7", "error")).endswith("export again")


def stepped(signal: np.ndarray, bits: int) -> np.ndarray:
    return (np.round(signal * 2 ** (bits - 1)) / 2 ** (bits - 1)).astype(np.float32)


@pytest.mark.parametrize(
    ("signal", "is_clipped"),
    [
        (lambda wet: wet * np.float32(7e-5 / np.abs(wet).max()), False),  # -83 dBFS, in 24 bit
        (lambda wet: stepped(wet * 7e-5 / np.abs(wet).max(), 16), False),  # two steps of 16 bit
        (lambda wet: stepped(0.1 * np.sin(np.arange(len(wet)) * 0.005), 16), False),  # a low note's rounded tops
        (lambda wet: stepped(np.clip(0.1 * np.sin(np.arange(len(wet)) * 0.005), -0.08, 0.08), 16), True),
        (lambda wet: np.where(np.arange(len(wet)) < len(wet) // 2, 0, wet).astype(np.float32), False),
        (lambda wet: np.clip(wet, -0.3 * np.abs(wet).max(), 1), True),  # one side only
        (lambda wet: np.clip(wet, -0.3 * np.abs(wet).max(), 1) * np.float32(0.01), True),  # attenuated afterwards
        (lambda wet: np.minimum(wet, 0) - np.float32(1e-4) * (wet > 0), False),  # a rectifier's flat side
        (lambda wet: np.full_like(wet, 0.5), False),
    ],
)
def test_flat_tops_are_clipping_where_something_could_clip(tmp_path, good, signal, is_clipped):
    path = tmp_path / "wet.wav"
    soundfile.write(path, signal(good[1]), good[2], subtype="FLOAT")
    sound, found = sounds.read(path, None, LIMITS)
    assert (len(sound.clipped_seconds) > 0, [each.verdict for each in found if each.check == "W2"]) == (
        is_clipped,
        ["warning" if is_clipped else "fine"],
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [np.nan, np.inf, 1e-40, 1e-30, 0.0])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_file_with_one_extreme_sample_is_reported_without_numpy_warnings(tmp_path, good, value, channels):
    dry, wet = written(tmp_path, good)
    odd = good[1] * np.float32(value) if np.isfinite(value) else np.full_like(good[1], value)
    soundfile.write(wet, np.stack([odd] * channels, 1), good[2], "FLOAT")
    text, outcome = check_report.write(CheckConfig(None, None, tmp_path / "checked", False, data_for(dry, wet)), [])
    assert "wet.wav" in text
    assert isinstance(outcome, AudioError)


@pytest.mark.filterwarnings("error")
def test_signals_that_have_nothing_in_common_are_drawn(tmp_path, good):
    data = data_for(*written(tmp_path, good))
    found = examine(data)
    whole = replace(found.timing.whole, response=np.zeros_like(found.timing.whole.response))
    draw(replace(found, timing=replace(found.timing, whole=whole)), None, data, tmp_path / "recording.png")
    assert (tmp_path / "recording.png").exists()


def test_seeking_beyond_the_file_goes_to_its_end_as_libsndfile_requires(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(100), 8000, "PCM_16")
    path.write_bytes(with_data_size(path.read_bytes(), 0))
    content = unfinished.source(path)
    size = path.stat().st_size
    assert [content.seek(10**12), content.seek(-5, 2), content.seek(3, 1), content.seek(-1)] == [
        size,
        size - 5,
        size - 2,
        0,
    ]
    assert content.read(4) == b"RIFF"
