"""A network out of any file that holds one; a broken or a harmful file gives one clear error."""

import json
import pickle

import pytest
import torch
from networks import network, same_weights

from nasamp.errors import ExportError
from nasamp.export import nam, playable, vox

RATE = 44_100
WORDS = {"layers": 5, "channels": 6, "kernel_size": 3, "dilation_base": 2, "causal": True}


@pytest.fixture
def net():
    return network(layers=5, channels=6, kernel_size=3, gain=1.0)


@pytest.fixture
def model(tmp_path, net):
    path = tmp_path / "a.nam"
    nam.write(path, net, sample_rate=RATE, metadata={})
    return path


def checkpoint(path, net, **changes):
    state = {f"net.{name}": weights for name, weights in net.state_dict().items()}
    described = WORDS | {"sample_rate": RATE, "scale": 1.0} | changes
    torch.save({"state_dict": state, "network": described}, path)
    return path


def test_every_kind_of_file_gives_the_same_network(tmp_path, net, model):
    vox.write(tmp_path / "a.json", net, sample_rate=RATE)
    checkpoint(tmp_path / "best.ckpt", net)
    for path in (model, tmp_path / "a.json", tmp_path / "best.ckpt", tmp_path):
        loaded = playable.load(path)
        assert same_weights(loaded.net, net), path
        assert loaded.sample_rate == RATE


def test_a_checkpoint_of_a_scaled_recording_plays_at_the_recorded_level(tmp_path, net):
    loaded = playable.load(checkpoint(tmp_path / "best.ckpt", net, scale=0.25))
    x = torch.randn(1, 1, 300)
    with torch.no_grad():
        assert torch.allclose(loaded.net(x), net(x * 0.25) / 0.25, atol=1e-6)


class Harmful:
    def __reduce__(self):
        return (print, ("this ran code",))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no checkpoint"),
        (b"abc", "no checkpoint"),
        (pickle.dumps({"network": WORDS}, protocol=2), "no checkpoint"),
        ({"a": 1}, "does not say which network it holds"),
        ({"network": WORDS | {"sample_rate": RATE}, "state_dict": {}}, "its weights do not fit"),
        ({"network": WORDS | {"layers": 1000, "sample_rate": RATE}}, "layers=1000: must be 1 to 32"),
        ({"network": {"layers": 5}}, "channels=None: must be a whole number"),
        ({"network": Harmful()}, "no checkpoint"),
    ],
    ids=["empty", "text", "pickle", "foreign", "weights", "range", "missing", "code"],
)
def test_a_broken_checkpoint_is_refused_and_runs_no_code(tmp_path, capsys, content, words):
    path = tmp_path / "best.ckpt"
    path.write_bytes(content) if isinstance(content, bytes) else torch.save(content, path)
    with pytest.raises(ExportError, match=words):
        playable.load(path)
    assert "this ran code" not in capsys.readouterr().out


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_torn_checkpoint_is_refused(tmp_path, net, share):
    path = checkpoint(tmp_path / "best.ckpt", net)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(ExportError, match="no checkpoint"):
        playable.load(path)


def test_what_is_no_model_is_refused_with_what_is_accepted(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"")
    for path, words in [
        ("a.wav", "no file of a model; a job's folder"),
        ("b.nam", "no such file"),
        (".", "holds no best"),
    ]:
        with pytest.raises(ExportError, match=words):
            playable.load(tmp_path / path)


def test_a_checkpoint_that_training_wrote_says_what_it_is(nasamp, tmp_path):
    line = ["model.layers=3", "model.channels=4", "phase=smoke", "data.seconds=12", "logger=none"]
    short = ["phase.length.steps=2", "phase.validate_every=2", "trainer.accelerator=cpu"]
    assert nasamp(*line, *short).returncode == 0
    folder = next(tmp_path.glob("results/single/smoke/*"))
    loaded = playable.load(folder)
    assert (loaded.net.layers, loaded.net.channels, loaded.sample_rate) == (3, 4, 44_100)
    result = json.loads((folder / "result.json").read_text())
    assert loaded.net.receptive_field == result["receptive_field"]
