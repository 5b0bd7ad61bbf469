"""Recordings as people make them: read, or refused in one line."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from nasamp.audio import files
from nasamp.audio import recording as audio
from nasamp.audio.split import split
from nasamp.data import RecordingData
from nasamp.errors import AudioError
from nasamp.schema import Data

RATE = 8000


def noise(seconds: float = 12.0) -> np.ndarray:
    return np.random.default_rng(0).uniform(-0.5, 0.5, round(seconds * RATE)).astype(np.float32)


def data_of(
    folder: Path, dry: np.ndarray, wet: np.ndarray, *, rates=(RATE, RATE), form=("wav", "FLOAT"), **changes
) -> Data:
    paths = [folder / f"{name}.{form[0]}" for name in ("in (1)=a,b", "Übung")]
    for path, signal, rate in zip(paths, (dry, wet), rates, strict=True):
        soundfile.write(path, signal, rate, subtype=form[1])
    settings = {
        "name": None,
        "device": None,
        "input": paths[0],
        "output": paths[1],
        "channel": None,
        "sample_rate": None,
    }
    settings |= {"seconds": None, "gap_seconds": 0.1, "validation_share": 0.1, "test_share": 0.1, "cache": None}
    return Data(**(settings | changes))


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
        (noise(), noise(), {"sample_rate": 44_100}, r"data\.sample_rate=null"),
        (noise(), noise(), {"rates": (8000, 8001)}, r"8001 Hz, but .* 8000 Hz"),
        (noise(), noise() * (np.arange(12 * RATE) < 9.5 * RATE), {}, r"validation part .* silent"),
    ],
)
def test_a_bad_recording_is_refused_with_its_reason(tmp_path, dry, wet, changes, words):
    with pytest.raises(AudioError, match=words):
        audio.load(data_of(tmp_path, dry, wet, **changes))


def test_what_is_no_audio_is_refused_by_name(tmp_path):
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


def test_a_small_difference_of_length_is_cut_and_said(tmp_path):
    found = audio.load(data_of(tmp_path, noise(), noise(12.5)))
    assert len(found.output) == len(found.input) == 12 * RATE
    assert "+0.500 s" in found.warnings[0]


def test_the_digest_depends_on_the_samples_alone(tmp_path):
    (tmp_path / "b").mkdir()
    same = [audio.load(data_of(folder, noise(), noise())).digest for folder in (tmp_path, tmp_path / "b")]
    assert same[0] == same[1] != audio.load(data_of(tmp_path, noise(), -noise())).digest


def test_parts_do_not_touch():
    parts = split(1003, 10, validation_share=0.15, test_share=0.1)
    assert (parts.validation.start - parts.train.stop, parts.test.start - parts.validation.stop) == (10, 10)
    assert (parts.train.start, parts.test.stop) == (0, 1003)


def test_batches_hold_the_true_context_and_the_validation_part_is_whole(tmp_path):
    recording = audio.load(data_of(tmp_path, noise(), -noise()))
    data = RecordingData(recording, context=(5, 2), batch_size=4, segment_samples=1000, seed=0)
    batches = list(data.train_dataloader())
    assert [len(x) for x, _ in batches][-1] == len(data.train_dataloader().dataset) % 4 or 4
    x, y = batches[0]
    assert np.array_equal(x[:, :, 5:-2], -y)
    assert x.shape[-1] == 1007
    wet = np.concatenate([y[0, 0] for _, y in data.val_dataloader()])
    assert np.array_equal(wet, recording.output[recording.split.validation])
    place = int(np.flatnonzero(recording.input == float(x[0, 0, 10]))[0]) - 10
    assert np.array_equal(recording.input[place : place + 1007], x[0, 0])
