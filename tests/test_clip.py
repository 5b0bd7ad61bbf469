"""Audio clips and training curves that a job writes for the report."""

import base64
import io

import numpy as np
import pytest
import soundfile

from nasamp.audio import clip
from nasamp.errors import AudioError
from nasamp.pareto.page.listening import clips, pack
from nasamp.training import curve

RATE = 1000


def loudest_of_all(signal, part, length):
    """Return the highest energy of all windows of a part, by trying each."""
    starts = [start for piece in part for start in range(piece.start, piece.stop - length + 1)]
    return max(np.sum(signal[start : start + length].astype(float) ** 2) for start in starts)


@pytest.mark.parametrize("seed", range(5))
def test_the_loudest_seconds_of_a_part_have_nearly_the_most_energy(seed):
    generator = np.random.default_rng(seed)
    signal = (generator.normal(size=20_000) * np.repeat(generator.uniform(0, 1, 200), 100)).astype(np.float32)
    signal[:5000] *= 100  # outside of the part
    part = (slice(5000, 11_000), slice(12_000, 20_000))
    span = clip.loudest(signal, part, RATE, 2.5)
    assert span.stop - span.start == 2500
    assert any(piece.start <= span.start and span.stop <= piece.stop for piece in part)
    assert np.sum(signal[span].astype(float) ** 2) > 0.95 * loudest_of_all(signal, part, 2500)


def test_a_part_shorter_than_the_clip_is_taken_whole():
    part = (slice(0, 300), slice(500, 1400))
    assert clip.loudest(np.ones(2000, np.float32), part, RATE, 8.0) == slice(500, 1400)


def test_a_clip_is_read_back_with_24_bits_and_a_loud_one_keeps_its_relative_levels(tmp_path):
    signals = np.random.default_rng(0).uniform(-1, 1, (3, 4000)).astype(np.float32) * 0.9
    clip.write(tmp_path / "quiet.flac", clip.Clip(44_100, *signals))
    clip.write(tmp_path / "loud.flac", clip.Clip(44_100, *signals * 4))
    for name, expected in (("quiet", signals), ("loud", signals * 4 / np.abs(signals * 4).max())):
        back = clip.read(tmp_path / f"{name}.flac")
        assert back.sample_rate == 44_100
        assert np.abs(np.stack([back.input, back.target, back.model]) - expected).max() < 2**-22


def test_a_file_without_three_channels_is_refused(tmp_path):
    soundfile.write(tmp_path / "clip.flac", np.zeros((100, 2)), 44_100)
    with pytest.raises(AudioError, match=r"clip\.flac: has 2 channel\(s\); a clip has three"):
        clip.read(tmp_path / "clip.flac")


def test_a_curve_holds_the_validations_and_nothing_else(tmp_path):
    rows = [
        {"train/loss": 0.5, "val/loss": 0.4, "val/esr": 0.3, "val/mae": 0.1, "epoch": 0, "step": 20},
        {"train/loss": 0.5, "val/loss": 0.4, "val/esr": float("nan"), "epoch": 1, "step": 40},
        {"train/loss": 0.2, "val/loss": 0.1, "val/esr": 0.05, "epoch": 2, "step": 60},
        {"test/esr": 0.2, "epoch": 2, "step": 60},
    ]
    curve.write(tmp_path, rows)
    found = curve.read(tmp_path)
    assert [(row["step"], row["epoch"], row["val/esr"]) for row in found] == [(20, 0, 0.3), (60, 2, 0.05)]
    assert curve.read(tmp_path / "none") == []


def test_the_page_includes_the_first_clips_until_it_is_full(tmp_path):
    signals = np.random.default_rng(0).uniform(-1, 1, (3, 8000)).astype(np.float32)
    folders = {name: tmp_path / name for name in "abcd"}
    for name in "acd":  # b has none
        clip.write(folders[name] / clip.FILE, clip.Clip(8000, *signals))
    size = len(pack(clip.read(folders["a"] / clip.FILE))["flac"])
    assert list(clips("abcd", folders, room=2 * size)) == ["a", "c"]


def test_a_packed_clip_holds_the_model_at_the_level_of_the_amp_and_the_gain_applied():
    target, noise = np.random.default_rng(0).normal(0, 0.1, (2, 8000)).astype(np.float32)
    packed = pack(clip.Clip(8000, target, target, target * 0.5 + noise * 0.01))
    frames, _ = soundfile.read(io.BytesIO(base64.b64decode(packed["flac"])))
    amp, model = frames.T
    assert np.std(model) == pytest.approx(np.std(amp), rel=1e-3)
    assert np.abs(frames).max() == pytest.approx(10 ** (-1 / 20), abs=2e-3)
    difference = model / packed["gain"] - amp
    assert np.sum(difference**2) / np.sum(amp**2) == pytest.approx(packed["esr"], rel=1e-3)
    assert packed["esr"] == pytest.approx(0.25 + 1e-4, rel=0.02)
    assert np.abs(difference * packed["boost"]).max() <= 0.9
