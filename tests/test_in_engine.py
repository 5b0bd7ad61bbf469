"""A .nam that nasamp cannot compute is played by NAM's engine, and its numbers are those of its formula."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from configs import benchmark_config
from networks import network
from other_networks import FORMULAS, fast_tanh
from test_nam_engine import SIGNAL, by_pytorch, engine  # noqa: F401 - a fixture

from nasamp.benchmark import measurement, nam_wasm
from nasamp.errors import ConfigError, ExportError
from nasamp.export import nam, nam_reading, playable
from nasamp.models.layer import ACTIVATIONS
from nasamp.render.rendering import render
from nasamp.schema import RenderConfig
from nasamp.schema.apps import SavedModel

RATE = 48_000
DRAW = np.random.default_rng(1)
Content = dict[str, Any]


def holds(architecture: str, config: Content, weights: Any) -> Content:
    listed = np.asarray(weights, dtype=np.float32).astype(float).tolist()
    return {"version": "0.7.0", "architecture": architecture, "config": config, "weights": listed}


def saved(folder: Path, content: Content) -> Path:
    path = folder / "amp.nam"
    path.write_text(json.dumps(content))
    return path


def rendered(folder: Path, content: Content, signal: np.ndarray = SIGNAL, rate: int = RATE) -> tuple[str, np.ndarray]:
    """Return what the render app prints and writes."""
    soundfile.write(folder / "dry.wav", signal, rate, "FLOAT")
    model = SavedModel(saved(folder, content))
    printed = render(RenderConfig(model, folder / "dry.wav", folder / "wet.wav", None, None, True))
    return printed, soundfile.read(folder / "wet.wav", dtype="float32")[0]


def linear(weights: np.ndarray, bias: float) -> Content:
    return holds("Linear", {"receptive_field": len(weights), "bias": True}, [*weights, bias])


def test_a_linear_model_is_its_impulse_response_and_its_bias(tmp_path):
    response = DRAW.normal(size=50)
    printed, wet = rendered(tmp_path, linear(response, 0.1))
    assert np.abs(wet - np.convolve(SIGNAL, response)[: len(SIGNAL)] - 0.1).max() < 1e-5
    assert "played by NAM's engine, nam-wasm 1." in printed
    assert "(nasamp: architecture Linear is not supported, only WaveNet)" in printed


LSTM = {"num_layers": 2, "input_size": 1, "hidden_size": 3}
CONV_NET = {"channels": 4, "dilations": [1, 3, 8], "activation": "Tanh", "batchnorm": False}


@pytest.mark.parametrize(
    ("kind", "config", "count"),
    [("LSTM", LSTM, 160), ("ConvNet", CONV_NET, 89), ("ConvNet", CONV_NET | {"batchnorm": True}, 128)],
    ids=["LSTM", "ConvNet", "ConvNet normed"],
)
def test_another_network_is_its_formula_after_silence(tmp_path, kind, config, count):
    draw = np.random.default_rng(3)
    weights = draw.uniform(0.1, 1.0, count) * draw.choice([-1.0, 1.0], count)
    if config.get("batchnorm"):
        weights = np.abs(weights)  # some are variances
    expected = FORMULAS[kind](config, weights, np.concatenate([np.zeros(3000), SIGNAL[:500]]), fast_tanh)[3000:]
    _, wet = rendered(tmp_path, holds(kind, config, weights), SIGNAL[:500])
    assert np.abs(wet - expected).max() < 1e-5
    assert expected.std() > 1e-3  # it is no constant


def wavenet(**changes: Any) -> tuple[Content, Any]:
    """Return a .nam of a small plain stack with changes of its layer array, and the network."""
    net = network(layers=3, channels=4, kernel_size=3, gain=1.0)
    content = nam.content(net, sample_rate=RATE, metadata={})
    content["config"]["layers"][0] |= changes
    return content | {"weights": content["weights"].tolist()}, net


def with_head1x1(out_channels: int = 4) -> tuple[Content, Any]:
    """Return a .nam whose layers have an identity more, and the network without."""
    content, net = wavenet(head1x1={"active": True, "out_channels": out_channels, "groups": 1})
    flat, layers = content["weights"], content["config"]["layers"][0]["kernel_sizes"]
    identity, parts, start = [*np.eye(4).ravel(), *np.zeros(4)], flat[:4], 4
    for kernel_size in layers:
        end = start + 16 * kernel_size + 4 + 4 + 8  # weights, bias, mixin, residual of one factor a channel
        parts, start = [*parts, *flat[start:end], *identity], end
    return content | {"weights": [*parts, *flat[start:]]}, net


def test_a_wave_net_outside_of_the_family_is_played_too(tmp_path, monkeypatch):
    content, net = with_head1x1()
    printed, wet = rendered(tmp_path, content)
    assert "(nasamp: config: layers: head1x1: is not supported)" in printed
    monkeypatch.setitem(ACTIVATIONS, "Tanh", ACTIVATIONS["Fasttanh"])  # as the engine computes it
    assert np.abs(wet - by_pytorch(net, SIGNAL)).max() < 1e-5


def test_of_a_container_the_last_is_played_also_where_it_is_no_wave_net(tmp_path, caplog):
    models = [wavenet()[0], linear(np.array([0.5, 0.25]), 0.0)]
    parts = [{"max_value": (i + 1) / 2, "model": model} for i, model in enumerate(models)]
    printed, wet = rendered(tmp_path, holds("SlimmableContainer", {"submodels": parts}, []))
    assert "config.submodels[1].model: architecture Linear" in printed
    assert "holds 2 models" in caplog.text and "the last is used" in caplog.text
    assert np.abs(wet - np.convolve(SIGNAL, [0.5, 0.25])[: len(SIGNAL)]).max() < 1e-6


def test_a_long_file_of_two_channels_is_played_as_one_piece(tmp_path):
    dry = DRAW.uniform(-0.5, 0.5, (50_001, 2)).astype(np.float32)
    _, wet = rendered(tmp_path, linear(np.array([0.5, 0.25, 0.125]), 0.0), dry)
    expected = np.stack([np.convolve(row, [0.5, 0.25, 0.125])[: len(dry)] for row in dry.T], axis=1)
    assert np.abs(wet - expected).max() < 1e-6
    printed, wet = rendered(tmp_path, linear(np.array([0.5]), 0.0), dry[:9001], 44_100)
    assert wet.shape == (9001, 2) and "the model plays at 48,000 Hz" in printed


def measured(path: Path, name: str) -> str:
    return measurement.report(
        benchmark_config(f"model.path={path}", f"benchmark.engine={name}", "benchmark.seconds=0.05")
    )


def test_the_benchmark_measures_it_in_nams_engine_alone(tmp_path):
    path = saved(tmp_path, linear(np.ones(5), 0.0))
    for name in ("auto", "nam-wasm"):
        report = measured(path, name)
        assert "amp.nam, 48,000 Hz, played by NAM's engine" in report and "engine: nam-wasm" in report
    with pytest.raises(ConfigError, match=r"benchmark\.engine=torch: architecture Linear .* set benchmark\.engine="):
        measured(path, "torch")


def test_without_the_engine_one_line_says_what_to_install(tmp_path, monkeypatch):
    path = saved(tmp_path, linear(np.ones(5), 0.0))
    monkeypatch.setattr(nam_wasm, "_CHECKOUT", tmp_path)
    monkeypatch.chdir(tmp_path)
    said = "architecture Linear is not supported, only WaveNet; NAM's engine plays it, but "
    with pytest.raises(ExportError, match=rf"amp\.nam: {said}npm's .* type: npm install @opendaw/nam-wasm$"):
        playable.load(path)
    monkeypatch.setattr(nam_wasm.shutil, "which", lambda name: None)
    with pytest.raises(ExportError, match=rf"amp\.nam: {said}node is not installed \(https://nodejs\.org\)$"):
        playable.load(path)


def test_the_engine_is_found_in_a_folder_above_as_npm_installs_it(tmp_path, monkeypatch):
    monkeypatch.setattr(nam_wasm, "_CHECKOUT", tmp_path)
    (tmp_path / "node_modules" / nam_wasm.PACKAGE).mkdir(parents=True)
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    assert not nam_wasm.missing()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (holds("LSTM", LSTM, np.ones(159)), r"weights: must be numbers of shape \(160,\), but is a list of 159"),
        (holds("LSTM", LSTM | {"hidden_size": 10**9}, []), "config: hidden_size: must be at most 16,777,216"),
        (
            holds("LSTM", LSTM | {"num_layers": 1, "hidden_size": 4096}, []),
            "67,153,921 weights; no plugin plays more than 5,000,000",
        ),
        (holds("LSTM", LSTM | {"num_layers": 5000}, []), "config: num_layers: must be a whole number from 1 to 4,096"),
        (holds("LSTM", LSTM | {"input_size": 2}, []), "config: input_size: must be a whole number from 1 to 1"),
        (holds("LSTM", {}, []), "config: hidden_size: must be a whole number"),
        (holds("Linear", {"receptive_field": 2**24, "bias": True}, [1]), "16,777,217 weights; no plugin"),
        (holds("Linear", {"receptive_field": 2, "bias": 1}, [1]), "config: bias: must be true or false"),
        (
            holds("Linear", {"receptive_field": 2, "bias": False}, [1, 1, 1]),
            r"weights: must be numbers of shape \(2,\)",
        ),
        (holds("ConvNet", CONV_NET | {"dilations": "a"}, [1]), "config: dilations: must be a list of whole numbers"),
        (holds("ConvNet", CONV_NET | {"dilations": []}, [1]), "config: dilations: must be a list of whole numbers"),
        (holds("ConvNet", CONV_NET, [1] * 88), r"weights: must be numbers of shape \(89,\)"),
        (holds("ConvNet", CONV_NET | {"dilations": [10**12]}, [1]), r"dilations\[0\]: must be at most 16,777,216"),
        (wavenet(slimmable={"a": [[1e300]]})[0], r"layers\[0\]\.slimmable\.a\[0\]\[0\]: must be at most 16,777,216"),
        (wavenet(groups_input=10**9)[0], "groups_input: must be a whole number from 1 to 4,096"),
        (wavenet(layer1x1={"active": 3})[0], "layer1x1: must be an object of active and groups"),
    ],
)
def test_a_broken_file_is_refused_by_name_before_the_engine_starts(tmp_path, monkeypatch, content, words):
    monkeypatch.setattr(nam_wasm, "player", lambda: pytest.fail("the engine was started"))
    with pytest.raises(ExportError, match=words) as refused:
        playable.load(saved(tmp_path, content))
    assert str(refused.value).startswith(f"{tmp_path / 'amp.nam'}: ") and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"head1x1": {"active": True, "out_channels": 4, "groups": 1}}, "Weight mismatch"),
        ({"slimmable": {"method": "none"}}, "unsupported slimmable method 'none'"),
        ({"slimmable": {}, "channels": 16_000_000}, "it cannot be loaded"),
    ],
)
def test_what_the_engine_refuses_is_one_line_with_its_words(tmp_path, change, words):
    with pytest.raises(ExportError, match=rf"amp\.nam: nam-wasm stopped: .*{words}") as refused:
        rendered(tmp_path, wavenet(**change)[0])
    assert "\n" not in str(refused.value)


def test_reading_alone_still_refuses_it_by_name(tmp_path):
    with pytest.raises(ExportError, match="architecture Linear is not supported, only WaveNet"):
        nam_reading.read(saved(tmp_path, linear(np.ones(5), 0.0)))
