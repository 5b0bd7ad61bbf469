"""A file through a model: the same samples as offline, whatever the rate, the length and the file."""

import numpy as np
import pytest
import soundfile
import torch
from networks import network
from torch.nn import functional

from nasamp.export import nam, playable, vox
from nasamp.models.network import in_context
from nasamp.render import playing

RATE = 44_100

pytestmark = pytest.mark.long  # each test starts the program


@pytest.fixture
def net():
    return network(layers=5, channels=6, kernel_size=3, gain=1.0)


@pytest.fixture
def model(tmp_path, net):
    path = tmp_path / "a=b, c (1).nam"
    nam.write(path, net, sample_rate=RATE, metadata={})
    return path


def noise(samples: int, channels: int = 1) -> np.ndarray:
    return np.random.default_rng(0).uniform(-0.5, 0.5, (samples, channels)).astype(np.float32)


def offline(net, signal: np.ndarray) -> np.ndarray:
    x = functional.pad(torch.from_numpy(signal)[None, None], (net.context[0], 0))
    with torch.no_grad():
        return in_context(net, x)[0, 0].numpy()


@pytest.mark.parametrize(("frames", "block"), [(5, 16_384), (1000, 64), (1000, 1000), (1000, 333)])
def test_a_stream_of_a_file_equals_the_offline_path(tmp_path, monkeypatch, net, frames, block):
    monkeypatch.setattr(playing, "BLOCK", block)
    signal = noise(frames, 2)
    soundfile.write(tmp_path / "dry.wav", signal, RATE, "FLOAT")
    with soundfile.SoundFile(tmp_path / "dry.wav") as source:
        found = np.concatenate(list(playing.played(source, playable.Playable(net, RATE))))
    expected = np.stack([offline(net, channel) for channel in signal.T], axis=1)
    assert np.abs(found - expected).max() < 1e-6


@pytest.mark.parametrize("rate", [22_050, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("frames", [1, 1000, 30_001])
def test_at_another_rate_the_length_stays_and_nothing_is_shifted(tmp_path, monkeypatch, rate, frames):
    monkeypatch.setattr(playing, "BLOCK", 4096)
    wire = network(layers=1, channels=1, kernel_size=1, gain=0.0)
    with torch.no_grad():
        wire.input_conv.weight += 1
        wire.output_conv.weight += 1
    sine = 0.5 * np.sin(2 * np.pi * 1000 / rate * np.arange(frames))[:, None]
    soundfile.write(tmp_path / "dry.wav", sine, rate, "FLOAT")
    with soundfile.SoundFile(tmp_path / "dry.wav") as source:
        found = np.concatenate(list(playing.played(source, playable.Playable(wire, RATE))))
    assert found.shape == sine.shape
    middle = slice(rate // 200, -rate // 200)  # resampling rings where the sine begins and ends
    assert np.abs(found - sine)[middle].max(initial=0) < 1e-4


def test_the_program_writes_what_pytorch_plays_and_says_that_it_resampled(nasamp, tmp_path, net, model):
    soundfile.write(tmp_path / "dry (1).wav", noise(9_000), RATE, "FLOAT")
    soundfile.write(tmp_path / "48.wav", noise(9_000), 48_000)
    arguments = [f"model={model.name}", "input=dry (1).wav", "output=new/wet.wav"]
    done = nasamp(*arguments, module="nasamp.render")
    assert done.returncode == 0, done.stderr
    assert "resampled" not in done.stdout
    wet, rate = soundfile.read(tmp_path / "new" / "wet.wav", dtype="float32")
    assert (rate, soundfile.info(tmp_path / "new" / "wet.wav").subtype) == (RATE, "FLOAT")
    assert np.abs(wet - offline(net, noise(9_000)[:, 0])).max() < 1e-6
    again = nasamp(*arguments, module="nasamp.render")
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    assert "already exists; set overwrite=true" in again.stderr
    other = nasamp(f"model={model.name}", "input=48.wav", *arguments[2:], "overwrite=true", module="nasamp.render")
    assert "resampled: the model plays at 44,100 Hz" in other.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["48.wav", "dry (1).wav", "new", model.name])


def test_what_is_too_loud_for_the_file_is_never_clipped_in_silence(nasamp, tmp_path, net):
    with torch.no_grad():
        net.output_conv.weight *= 50
    vox.write(tmp_path / "loud.json", net, sample_rate=RATE)
    soundfile.write(tmp_path / "dry.wav", noise(5_000), RATE)
    line = ["model=loud.json", "input=dry.wav"]
    held = nasamp(*line, "output=wet.wav", module="nasamp.render")
    assert "louder than full scale" in held.stdout and "the file holds it" in held.stdout
    clipped = nasamp(*line, "output=wet.flac", module="nasamp.render")
    assert "warning: clipped: " in clipped.stdout and "dBFS" in clipped.stdout
    wet = [np.abs(soundfile.read(tmp_path / name)[0]).max() for name in ("wet.wav", "wet.flac")]
    assert wet[0] > 1 >= wet[1]


def test_the_metrics_against_a_target_are_those_of_the_files(nasamp, tmp_path, net, model):
    soundfile.write(tmp_path / "dry.wav", noise(9_000), RATE, "FLOAT")
    target = offline(net, noise(9_000)[:, 0]) + 0.1 * noise(9_001)[1:, 0]
    soundfile.write(tmp_path / "target.wav", target, RATE, "FLOAT")
    line = [f"model={model.name}", "input=dry.wav", "output=wet.wav", "overwrite=true"]
    done = nasamp(*line, "target=target.wav", module="nasamp.render")
    assert done.returncode == 0, done.stderr
    error = np.square(0.1 * noise(9_001)[1:, 0]).sum() / np.square(target).sum()
    assert f"ESR: {error:.4g}" in done.stdout.splitlines()
    assert f"ESR [dB]: {10 * np.log10(error):.2f}" in done.stdout.splitlines()
    soundfile.write(tmp_path / "short.wav", target[:-1], RATE)
    other = nasamp(*line, "target=short.wav", module="nasamp.render")
    assert (other.returncode, "short.wav: 8,999 samples, but wet.wav has 9,000" in other.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["model=a.nam", "input=dry.wav", "output=wet.wav", "target=none.wav"], "none.wav: cannot be read"),
        (["input=dry.wav", "output=wet.wav"], "model.path: is required"),
        (["model=a.nam", "input=none.wav", "output=wet.wav"], "none.wav: cannot be read: there is no such file"),
        (["model=b.nam", "input=dry.wav", "output=wet.wav"], "b.nam: does not exist"),
        (["model=dry.wav", "input=dry.wav", "output=wet.wav"], "dry.wav: not a model file"),
        (["model=a.nam", "input=dry.wav", "output=wet.mp3"], "output=wet.mp3: must end in .wav or .flac"),
        (
            ["model=a.nam", "input=dry.wav", "output=wet.flac", "subtype=FLOAT"],
            "subtype=FLOAT: .flac files do not support it",
        ),
        (["model=a.nam", "input=dry.wav", "output=wet.wav", "subtype=PCM_8"], "subtype=PCM_8: must be FLOAT, PCM_24"),
        (["model=a.nam", "input=empty.wav", "output=wet.wav"], "empty.wav: holds no samples"),
        (
            ["model=a.nam", "input=dry.wav", "output=dry.wav/wet.wav"],
            "dry.wav/wet.wav: one of its folders is a file",
        ),
        (["-m", "model=a.nam"], "this app runs once"),
    ],
)
def test_a_mistake_gives_one_line_and_nothing_is_written(nasamp, tmp_path, model, arguments, words):
    model.rename(tmp_path / "a.nam")
    soundfile.write(tmp_path / "dry.wav", noise(100), RATE)
    soundfile.write(tmp_path / "empty.wav", noise(0), RATE)
    before = sorted(tmp_path.iterdir())
    done = nasamp(*arguments, module="nasamp.render")
    assert words in done.stderr, done.stderr + done.stdout
    assert (done.returncode, done.stderr.count("\n"), sorted(tmp_path.iterdir())) == (2, 1, before)
