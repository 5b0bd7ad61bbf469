"""Loading a network from any kind of model file; a broken or harmful file gives one clear error."""

import json
import pickle

import numpy as np
import pytest
import soundfile
import torch
from networks import network, same_weights

from nasamp.errors import ExportError
from nasamp.export import nam, playable, vox
from nasamp.models.network import in_context

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
        (b"", "not a checkpoint"),
        (b"abc", "not a checkpoint"),
        (pickle.dumps({"network": WORDS}, protocol=2), "not a checkpoint"),
        ({"a": 1}, "does not describe its network"),
        ({"network": WORDS | {"sample_rate": RATE}, "state_dict": {}}, "its weights do not fit"),
        ({"network": WORDS | {"layers": 1000, "sample_rate": RATE}}, "layers=1000: must be 1 to 64"),
        ({"network": {"layers": 5, "sample_rate": RATE}}, "channels=None: must be a whole number"),
        ({"network": Harmful()}, "not a checkpoint"),
    ],
    ids=["empty", "text", "pickle", "foreign", "weights", "range", "missing", "code"],
)
def test_a_broken_checkpoint_is_refused_and_runs_no_code(tmp_path, capsys, content, words):
    path = tmp_path / "best.ckpt"
    path.write_bytes(content) if isinstance(content, bytes) else torch.save(content, path)
    with pytest.raises(ExportError, match=words):
        playable.load(path)
    assert "this ran code" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "scale",
    [0, -1.0, float("nan"), float("inf"), None, "1", [1.0], True, torch.ones(2), 10**400, 1e-300],
    ids=lambda scale: str(scale)[:9],
)
def test_a_checkpoint_with_a_wrong_scale_is_refused(tmp_path, net, scale):
    with pytest.raises(ExportError, match=r"best\.ckpt: scale=.*must be a number above 0"):
        playable.load(checkpoint(tmp_path / "best.ckpt", net, scale=scale))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_checkpoint_with_weights_that_are_not_finite_is_refused(tmp_path, net, value):
    net.output_conv.bias.data[0] = value
    with pytest.raises(ExportError, match="its weights hold NaN or infinity"):
        playable.load(checkpoint(tmp_path / "best.ckpt", net))


def test_a_model_that_looks_ahead_is_refused_before_anything_is_played(tmp_path):
    net = network(layers=2, channels=2, kernel_size=3, causal=False)
    described = {"layers": 2, "channels": 2, "causal": False}
    with pytest.raises(ExportError, match=r"best\.ckpt: looks ahead \(model\.causal=false\)"):
        playable.load(checkpoint(tmp_path / "best.ckpt", net, **described))


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_torn_checkpoint_is_refused(tmp_path, net, share):
    path = checkpoint(tmp_path / "best.ckpt", net)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(ExportError, match="not a checkpoint"):
        playable.load(path)


def test_other_files_are_refused_with_what_is_accepted(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"")
    for path, words in [
        ("a.wav", "not a model file; a job's folder"),
        ("b.nam", "does not exist"),
        (".", "holds no best"),
    ]:
        with pytest.raises(ExportError, match=words):
            playable.load(tmp_path / path)


@pytest.mark.long
def test_the_files_of_a_job_play_a_quiet_recording_as_well_as_its_test_part_says(nasamp, tmp_path):
    """Trained on both signals times ``scale``, and scored here on the signals as they were recorded."""
    dry = (np.random.default_rng(0).uniform(-0.05, 0.05, 12 * RATE)).astype(np.float32)
    wet = (0.02 * np.tanh(60 * dry) + 0.01 * np.roll(dry, 3)).astype(np.float32)
    for name, signal in (("dry", dry), ("wet", wet)):
        soundfile.write(tmp_path / f"{name}.wav", signal, RATE, "FLOAT")
    line = ["data=recording", "data.input=dry.wav", "data.output=wet.wav", "data.normalize=peak", "logger=none"]
    short = [
        "phase=smoke_full",
        "phase.length.steps=20",
        "phase.validate_every=20",
        "benchmark.seconds=0.1",
        "trainer.accelerator=cpu",
    ]
    done = nasamp(*line, "model.layers=3", "model.channels=4", *short)
    assert done.returncode == 0, done.stderr
    folder = next(tmp_path.glob("results/single/smoke_full/*"))
    result = json.loads((folder / "result.json").read_text())
    first, *others = [
        playable.load(path)
        for path in (folder, *folder.glob("*.nam"), *folder.glob("*.json"))
        if path.name != "result.json"
    ]
    assert len(others) == 2 and all(same_weights(first.net, other.net) for other in others)
    assert (first.sample_rate, first.net.receptive_field) == (RATE, result["receptive_field"])
    start = len(dry) - int(0.1 * len(dry))  # the test part is the last tenth
    x = torch.from_numpy(dry[start - first.net.context[0] :])[None, None]
    with torch.no_grad():
        played = in_context(first.net, x)[0, 0].numpy()
    error = np.square(played - wet[start:]).sum() / np.square(wet[start:]).sum()
    assert error == pytest.approx(result["test_esr"], rel=1e-3)
