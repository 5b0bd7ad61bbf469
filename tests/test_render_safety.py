"""The render app never replaces what it reads, and never writes what is no number."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from networks import network

from nasamp import atomic
from nasamp.errors import AudioError, ConfigError
from nasamp.export import nam, playable
from nasamp.render.rendering import render
from nasamp.schema import RenderConfig
from nasamp.schema.apps import SavedModel

RATE = 44_100
NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, 1000).astype(np.float32)


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Return the current folder: a model, the dry guitar, the amp's output, and a job's folder."""
    monkeypatch.chdir(tmp_path)
    job = Path("job")
    job.mkdir()
    for name in ("dry.wav", "wet.wav", "job/clip.wav"):
        soundfile.write(name, NOISE, RATE, "FLOAT")
    (job / "best.ckpt").write_bytes(b"a checkpoint")
    for path in (Path("amp.nam"), job / "amp.nam"):
        nam.write(path, network(layers=2, channels=2, kernel_size=2, gain=1.0), sample_rate=RATE, metadata={})
    Path("below").mkdir()
    Path("link.wav").symlink_to("dry.wav")
    Path("there").symlink_to(".")
    os.link("wet.wav", "hard.wav")
    return tmp_path


def config(output: str | Path, *, dry="dry.wav", model="amp.nam", overwrite=True, subtype=None) -> RenderConfig:
    return RenderConfig(SavedModel(Path(model)), Path(dry), Path(output), Path("wet.wav"), subtype, overwrite)


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    ("output", "own"),
    [
        ("dry.wav", "dry.wav"),
        ("./below/../dry.wav", "dry.wav"),
        ("absent/../dry.wav", "dry.wav"),
        ("there/dry.wav", "dry.wav"),
        ("link.wav", "dry.wav"),
        ("wet.wav", "wet.wav"),
        ("hard.wav", "wet.wav"),
        ("amp.nam", "amp.nam"),
    ],
)
def test_no_spelling_of_a_file_that_is_read_lets_the_output_replace_it(folder, output, own, overwrite):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for spelt in (output, folder / output):
        with pytest.raises(ConfigError, match=rf"is {own}, which this command reads.*choose another name") as refused:
            render(config(spelt, overwrite=overwrite))
        assert "overwrite" not in str(refused.value)  # it would not help
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("model", ["job", "job/amp.nam"])
def test_the_files_of_the_model_s_job_are_never_replaced(folder, model):
    with pytest.raises(ConfigError, match=r"is job/clip\.wav, which"):
        render(config("job/clip.wav", model=model))


def test_another_case_is_the_same_file_where_the_file_system_says_so(folder, monkeypatch):
    monkeypatch.setattr(Path, "exists", lambda path: path.name.lower() in ("dry.wav", ""))
    monkeypatch.setattr(Path, "samefile", lambda path, other: str(path).lower() == str(Path(other).absolute()).lower())
    assert atomic.same_file(Path("DRY.WAV"), [Path("dry.wav")]) == Path("dry.wav")


def test_another_output_is_still_replaced_on_demand_only(folder):
    render(config("new.wav", overwrite=False))
    with pytest.raises(ConfigError, match="already exists; set overwrite=true"):
        render(config("new.wav", overwrite=False))
    render(config("new.wav"))
    assert len(soundfile.read("new.wav")[0]) == len(NOISE)


@pytest.mark.parametrize("output", ["new.wav", "new.flac"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_an_input_that_is_no_number_is_refused_with_its_place(folder, output, value):
    spoilt = NOISE.copy()
    spoilt[441:444] = value
    soundfile.write("dry.wav", spoilt, RATE, "FLOAT")
    with pytest.raises(AudioError, match=r"^dry\.wav: 3 non-finite samples, the first at 0\.010 s; export it again$"):
        render(config(output))
    assert not Path(output).exists()


@pytest.mark.parametrize("subtype", ["FLOAT", "PCM_24", "PCM_16"])
def test_a_model_that_plays_no_numbers_writes_nothing_and_keeps_what_was_there(folder, subtype):
    net = network(layers=2, channels=2, kernel_size=2, gain=1.0)
    with torch.no_grad():
        net.output_conv.weight *= 1e30
        net.output_conv.weight *= 1e8
    nam.write(Path("amp.nam"), net, sample_rate=RATE, metadata={})
    soundfile.write("dry.wav", NOISE * np.float32(1e30), RATE, "FLOAT")
    Path("new.wav").write_bytes(b"what was there")
    with pytest.raises(AudioError, match=r"amp\.nam: its output for dry\.wav is not finite from 0\.0 s on"):
        render(config("new.wav", subtype=subtype))
    assert Path("new.wav").read_bytes() == b"what was there"
    assert not list(folder.glob(".new*"))


def test_a_target_that_is_no_number_is_named_and_the_output_stays(folder):
    spoilt = NOISE.copy()
    spoilt[0] = np.nan
    soundfile.write("wet.wav", spoilt, RATE, "FLOAT")
    with pytest.raises(AudioError, match=r"target=wet\.wav: 1 non-finite samples.*new\.wav was written anyway"):
        render(config("new.wav"))
    assert Path("new.wav").exists()


def test_results_never_replace_a_recording_nor_go_into_a_file(folder):
    soundfile.write("recording.wav", NOISE, RATE)
    Path("recording.wav").rename("recording.png")
    with pytest.raises(ConfigError, match=r"folder=there: would overwrite recording\.png; name another folder"):
        atomic.refuse_overwriting("folder", Path("there"), ["a.md", "recording.png"], [Path("recording.png")])
    with pytest.raises(ConfigError, match=r"output=wet\.wav: is a file; name a folder"):
        atomic.refuse_overwriting("output", Path("wet.wav"), [], [])


@pytest.mark.parametrize("rate", [1, 2**31 - 1])
def test_a_rate_that_no_converter_has_is_refused_before_it_costs_memory(folder, rate):
    content = Path("dry.wav").read_bytes()
    Path("dry.wav").write_bytes(content[:24] + rate.to_bytes(4, "little") + content[28:])
    with pytest.raises(AudioError, match=rf"^dry\.wav: its header says {rate:,} Hz; 8,000 to 384,000 Hz are accepted$"):
        render(config("new.wav"))
    assert not Path("new.wav").exists()


def test_a_flac_that_breaks_off_is_named_and_nothing_is_written(folder):
    soundfile.write("dry.flac", np.tile(NOISE, 50), RATE, "PCM_24")
    content = Path("dry.flac").read_bytes()
    Path("dry.flac").write_bytes(content[: len(content) // 2] + bytes(100))
    with pytest.raises(AudioError, match=r"^dry\.flac: cannot be read: .*lost sync"):
        render(config("new.wav", dry="dry.flac"))
    assert not Path("new.wav").exists()


def test_a_circle_of_links_is_no_traceback(folder):
    Path("circle.wav").symlink_to("circle.wav")
    with pytest.raises(AudioError, match=r"circle\.wav: cannot be read"):
        render(config("new.wav", dry="circle.wav"))
    assert "circle.wav: " in render(config("circle.wav"))


def test_a_model_in_a_large_folder_is_looked_up_without_the_folder(folder, monkeypatch):
    monkeypatch.setattr(Path, "rglob", lambda *_: pytest.fail("walks all that lies beside a model"))
    assert playable.files(Path("amp.nam")) == [Path("amp.nam")]
