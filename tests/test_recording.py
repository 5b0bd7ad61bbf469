"""Recordings as people make them: read, or refused in one line."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from recordings import LIMITS, RATE, data_for, data_of, noise

from nasamp.audio import files
from nasamp.audio import recording as audio
from nasamp.audio.devices import DEVICES
from nasamp.audio.examination import examine
from nasamp.audio.split import length, split
from nasamp.errors import AudioError
from nasamp.schema import Config
from nasamp.schema.keys import leaf_problem, leaves
from nasamp.schema.limits import Limits


@pytest.mark.parametrize(
    ("form", "tolerance"),
    [
        (("wav", "FLOAT"), 0),
        (("wav", "PCM_16"), 2**-15),
        (("wav", "PCM_24"), 2**-23),
        (("wav", "PCM_32"), 2**-24),
        (("flac", "PCM_24"), 2**-23),
    ],
)
def test_every_accepted_format_is_read(tmp_path, form, tolerance):
    found = audio.load(data_of(tmp_path, noise(), noise() / 2, form=form))
    assert np.abs(found.input - noise()).max() <= tolerance
    assert found.sample_rate == RATE


def broken(at: int) -> np.ndarray:
    signal = noise()
    signal[at] = np.nan
    return signal


@pytest.mark.parametrize(
    ("dry", "wet", "changes", "words"),
    [
        (noise(), noise(13.5), {}, r"\+1\.500 s"),
        (noise(), broken(RATE), {}, r"1 non-finite samples, the first at 1\.000 s"),
        (noise(), noise() * 1e-4, {}, r"silent \(-90"),
        (noise(5), noise(5), {}, r"only 5\.0 s"),
        (noise(), np.stack([noise(), -noise()], 1), {}, r"data\.channel=left"),
        (noise(), noise(), {"sample_rate": 44_100}, r"set data\.sample_rate=8000 or data\.resample=44100"),
        (noise(), noise(), {"rates": (8000, 8001)}, r"8000 Hz, but .* 8001 Hz"),
        (noise(), noise() * (np.arange(12 * RATE) < 9.5 * RATE), {}, r"validation part .* silent"),
    ],
)
def test_a_bad_recording_is_refused_with_its_reason(tmp_path, dry, wet, changes, words):
    with pytest.raises(AudioError, match=words):
        audio.load(data_of(tmp_path, dry, wet, **changes))


def test_files_that_are_not_audio_are_refused_by_name(tmp_path):
    data = data_of(tmp_path, noise(), noise())
    data.output.write_text("no audio")
    with pytest.raises(AudioError, match=r"bung\.wav: cannot be read"):
        audio.load(data)
    data.output.unlink()
    with pytest.raises(AudioError, match="there is no such file"):
        files.sample_rate(data)


def test_equal_channels_count_as_mono_and_different_ones_can_be_chosen(tmp_path):
    assert np.array_equal(audio.load(data_of(tmp_path, noise(), np.stack([noise()] * 2, 1))).output, noise())
    different = np.stack([noise(), noise() / 2], 1)
    assert np.array_equal(audio.load(data_of(tmp_path, noise(), different, channel="right")).output, noise() / 2)


def test_a_small_difference_of_length_is_cut_with_a_warning(tmp_path):
    found = audio.load(data_of(tmp_path, noise(), noise(12.5)))
    assert len(found.output) == len(found.input) == 12 * RATE
    assert "+0.500 s" in found.warnings[0]


def test_the_digest_depends_on_the_samples_alone(tmp_path):
    (tmp_path / "b").mkdir()
    same = [audio.load(data_of(folder, noise(), noise())).digest for folder in (tmp_path, tmp_path / "b")]
    assert same[0] == same[1] != audio.load(data_of(tmp_path, noise(), -noise())).digest


def test_parts_do_not_touch():
    parts = split(slice(903, 1003), 10, validation=150)
    ((train,), (validation,), (test,)) = parts.train, parts.validation, parts.test
    assert (validation.start - train.stop, test.start - validation.stop) == (10, 10)
    assert (train.start, test.stop) == (0, 1003)


@pytest.mark.parametrize("how", ["contiguous", "random"])
def test_a_long_recording_leaves_more_to_train_on(tmp_path, how):
    recording = audio.load(data_of(tmp_path, noise(60), noise(60), split=how, longest_part_seconds=2))
    assert length(recording.split.validation) == pytest.approx(2 * RATE, abs=4096 if how == "random" else 0)
    assert length(recording.split.test) == 2 * RATE
    assert length(recording.split.train) > 55 * RATE - 2 * 8192


def test_a_random_split_mixes_pieces_and_leaves_the_test_part_alone(tmp_path):
    recording = audio.load(data_of(tmp_path, noise(60), noise(60), split="random"))
    parts = recording.split
    train, validation = ({piece.start for piece in part} for part in (parts.train, parts.validation))
    assert train | validation == set(range(0, parts.test[0].start - 8000 // 10 - 8191, 8192))
    assert not train & validation
    assert length(parts.validation) == pytest.approx(0.1 * 60 * RATE, abs=8192)
    assert len(parts.test) == 1
    assert min(validation) < max(train)
    assert any("favour models that overfit" in warning for warning in recording.warnings)
    again = audio.load(data_of(tmp_path, noise(60), noise(60), split="random")).split
    assert again == parts


def test_no_level_is_changed_by_itself(tmp_path):
    found = audio.load(data_of(tmp_path, noise(), noise() / 2))
    assert found.scale == 1.0
    assert np.array_equal(found.output, noise() / 2)


@pytest.mark.parametrize("gain", [0.25, 3.0], ids=["input is louder", "output is louder"])
def test_normalizing_to_the_peak_scales_both_signals_by_one_factor(tmp_path, gain):
    found = audio.load(data_of(tmp_path, noise(), gain * noise(), normalize="peak"))
    assert found.scale == pytest.approx(1 / max(np.abs(noise()).max(), gain * np.abs(noise()).max()))
    np.testing.assert_allclose(found.input, found.scale * noise(), rtol=1e-6)
    np.testing.assert_allclose(found.output, found.scale * gain * noise(), rtol=1e-6)


def test_normalizing_to_the_rms_brings_the_louder_to_minus_18_dbfs(tmp_path):
    found = audio.load(data_of(tmp_path, noise(), 0.5 * noise(), normalize="rms"))
    assert 20 * np.log10(np.sqrt(np.mean(found.input**2))) == pytest.approx(-18, abs=1e-3)
    np.testing.assert_allclose(found.output, 0.5 * found.input, rtol=1e-6)


@pytest.mark.parametrize("delay", [300, -300])
def test_a_declared_delay_is_removed_and_recorded(tmp_path, delay):
    later = np.concatenate([np.zeros(300, np.float32), noise()])[: 12 * RATE]
    pair = (noise(), later) if delay > 0 else (later, noise())
    found = audio.load(data_of(tmp_path, *pair, delay=delay))
    assert np.array_equal(found.input, found.output)
    assert len(found.input) == 12 * RATE - 300
    assert (found.delay, found.facts["delay_samples"], found.lag) == (delay, delay, 0)


def test_a_delay_longer_than_the_recording_is_refused(tmp_path):
    with pytest.raises(AudioError, match=r"data\.delay=96000: the recording has only 96,000 samples"):
        audio.load(data_of(tmp_path, noise(), noise(), delay=96_000))


def test_both_files_are_resampled_alike(tmp_path):
    """A sine stays that sine at another rate, whichever of the two files had which rate."""
    times = {rate: np.arange(12 * rate) / rate for rate in (8000, 12_000)}
    sines = {rate: (0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32) for rate, time in times.items()}
    data = data_of(tmp_path, sines[8000], sines[12_000], rates=(8000, 12_000), resample=16_000)
    assert files.sample_rate(data) == 16_000
    pair = examine(data).pair
    assert {sound.sample_rate for sound in pair} == {16_000}
    truth = 0.5 * np.sin(2 * np.pi * 440 * np.arange(12 * 16_000) / 16_000)
    for sound in pair:
        np.testing.assert_allclose(sound.samples[2000:-2000], truth[2000:-2000], atol=1e-4)


def test_with_trim_files_of_any_length_are_cut(tmp_path):
    found = audio.load(data_of(tmp_path, noise(14), noise(), trim=True))
    assert len(found.input) == len(found.output) == 12 * RATE
    assert "-2.000 s" in found.warnings[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"repeat": [[1, 2]]}, "must be two ranges of equal length"),
        ({"repeat": [[1, 2], [3, 5]]}, "must be two ranges of equal length"),
        ({"repeat": [[2, 1], [4, 3]]}, "must be two ranges of equal length"),
        ({"repeat": [[1, "x"], [3, 4]]}, "must be two ranges of equal length"),
        ({"sample_rate": 44_100, "resample": 48_000}, "set one of them to null"),
        ({"repeat": [[1, 2], [3, 4]], "sample_rate": 48_000, "resample": 48_000}, None),
    ],
)
def test_contradicting_settings_are_named(changes, words):
    problem = data_for(Path("a.wav"), Path("b.wav"), **changes).problem()
    assert problem is None if words is None else words in problem


@pytest.mark.parametrize("key", sorted(leaves(Limits)))
def test_a_limit_out_of_range_is_refused_by_name(key):
    known = leaves(Config)
    _, says = known[f"data.limits.{key}"]
    assert f"data.limits.{key}" in leaf_problem(f"data.limits.{key}", type(says.low)(says.low - 1), known)
    assert "must be a" in leaf_problem(f"data.limits.{key}", "much", known)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("resample", 4000),
        ("delay", 1.5),
        ("trim", "yes"),
        ("normalize", "loud"),
        ("repeat", "10-18"),
        ("split", "shuffled"),
    ],
)
def test_a_wrong_value_is_refused_by_name(key, value):
    assert f"data.{key}={value}: must be" in leaf_problem(f"data.{key}", value, leaves(Config))


@pytest.mark.parametrize("device", DEVICES)
def test_a_built_in_recording_gives_no_warning(cache, device):
    shipped = {"device": device, "seconds": 12.0, "sample_rate": 44_100, "cache": cache}
    limits = replace(LIMITS, recommended_seconds=10.0)  # as conf/data/limits/built_in.yaml
    assert audio.load(data_for(None, None, **shipped, limits=limits)).warnings == ()
