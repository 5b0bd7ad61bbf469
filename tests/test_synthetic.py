"""The built-in recording: its samples, its files, its cache."""

import hashlib
import json
import warnings
from pathlib import Path

import numpy as np
import pytest
import soundfile

from nasamp.audio import synthetic
from nasamp.audio.devices import DEVICES
from nasamp.audio.guitar import performance
from nasamp.errors import AudioError, ConfigError

RATE = 44_100
GOLDEN = Path(__file__).with_name("golden") / "synthetic.json"


@pytest.mark.parametrize("device", DEVICES)
def test_the_samples_are_those_of_the_golden_file(device):
    golden = json.loads(GOLDEN.read_text("utf-8"))
    assert golden["version"] == synthetic.VERSION
    for name, integers in zip(("guitar", device), synthetic.samples(device, 10, RATE), strict=True):
        if hashlib.sha256(integers.astype("<i4").tobytes()).hexdigest() != golden[name]["sha256"]:
            warnings.warn(f"{name}: other bits than on the golden file's machine; comparing an excerpt", stacklevel=1)
            difference = integers[::441] - np.array(golden[name]["every_441st"])
            assert np.abs(difference).max() / synthetic.FULL_SCALE < 1e-6


def test_the_files_hold_the_samples_as_24_bit_mono(tmp_path):
    expected = synthetic.samples("screamer", 0.5, 8000)
    for path, integers in zip(synthetic.recording("screamer", 0.5, 8000, tmp_path), expected, strict=True):
        header = soundfile.info(path)
        assert (header.subtype, header.channels, header.samplerate) == ("PCM_24", 1, 8000)
        np.testing.assert_array_equal(soundfile.read(path)[0] * synthetic.FULL_SCALE, integers)


def test_a_second_call_reads_the_cache(tmp_path):
    first = synthetic.recording("screamer", 0.5, 8000, tmp_path)
    written = [path.stat().st_mtime_ns for path in first]
    assert synthetic.recording("screamer", 0.5, 8000, tmp_path) == first
    assert [path.stat().st_mtime_ns for path in first] == written


def test_nothing_but_the_pair_is_left_in_the_cache(tmp_path):
    dry, wet = synthetic.recording("screamer", 0.5, 8000, tmp_path)
    folder = tmp_path / "synthetic" / "screamer_0.5s_8000_v1"
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == {dry, wet}
    assert (dry, wet) == (folder / "input.wav", folder / "output.wav")
    assert list((tmp_path / "synthetic").iterdir()) == [folder]


def test_the_process_that_finishes_first_wins(tmp_path, monkeypatch):
    others = []

    def overtaken(seconds, sample_rate):
        monkeypatch.setattr(synthetic, "performance", performance)
        others.extend(synthetic.recording("screamer", seconds, sample_rate, tmp_path))
        others.extend(path.stat().st_mtime_ns for path in tuple(others))
        return performance(seconds, sample_rate)

    monkeypatch.setattr(synthetic, "performance", overtaken)
    dry, wet = synthetic.recording("screamer", 0.5, 8000, tmp_path)
    assert [dry, wet, dry.stat().st_mtime_ns, wet.stat().st_mtime_ns] == others
    assert list((tmp_path / "synthetic").iterdir()) == [dry.parent]


def test_a_recording_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setitem(DEVICES, "screamer", lambda dry, sample_rate: 5 * dry)
    with pytest.raises(AudioError, match=r"screamer: peak 2\.\d+ would clip"):
        synthetic.recording("screamer", 0.5, 8000, tmp_path)
    assert not any(tmp_path.iterdir())


def test_an_incomplete_folder_is_named(tmp_path):
    dry, wet = synthetic.recording("screamer", 0.5, 8000, tmp_path)
    wet.unlink()
    with pytest.raises(AudioError, match=r"screamer_0\.5s_8000_v1: cannot be written .* delete it"):
        synthetic.recording("screamer", 0.5, 8000, tmp_path)
    assert list((tmp_path / "synthetic").iterdir()) == [dry.parent]


def test_an_unknown_device_names_those_that_exist(tmp_path):
    with pytest.raises(ConfigError, match=r"data\.device=fuzz: .*screamer"):
        synthetic.recording("fuzz", 1, RATE, tmp_path)
