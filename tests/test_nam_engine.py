"""Our .nam files, played by Neural Amp Modeler's own engine (in node), sound as PyTorch plays them."""

import json
import os
from pathlib import Path

import nam_in_numpy
import numpy as np
import pytest
import torch
from members import PRESETS, exportable
from networks import network
from torch.nn import functional

from nasamp.architecture import stack
from nasamp.benchmark import nam_wasm
from nasamp.errors import ExportError
from nasamp.export import document, nam, nam_reading
from nasamp.export.slimmable import container
from nasamp.models import WaveNet
from nasamp.models.bounded import bounded
from nasamp.models.eager import eager
from nasamp.models.fused import fused, unsupported
from nasamp.models.implementation import Compute
from nasamp.models.layer import ACTIVATIONS
from nasamp.models.micro_batches import micro_batched
from nasamp.models.network import in_context
from nasamp.models.streaming import Stream

CHANNELS = (1, 2, 8, 16, 24, 32)
RATE = 48_000
SIGNAL = np.random.default_rng(0).uniform(-0.7, 0.7, 2_000).astype(np.float32)


@pytest.fixture(scope="module", autouse=True)
def engine() -> None:
    if reason := nam_wasm.missing():
        if os.environ.get("CI"):
            pytest.fail(f"CI plays the files in NAM's engine, but {reason}")
        pytest.skip(f"{reason}; for the tests: npm ci in tests/engines")


def by_pytorch(net: WaveNet, signal: np.ndarray) -> np.ndarray:
    """Return the output after silence, where engines start."""
    x = functional.pad(torch.from_numpy(signal)[None, None], (net.context[0], 0))
    with torch.no_grad():
        return in_context(net, x)[0, 0].numpy()


def written(folder: Path, nets: list[WaveNet]) -> list[Path]:
    paths = [folder / f"{i}.nam" for i in range(len(nets))]
    for path, net in zip(paths, nets, strict=True):
        nam.write(path, net, sample_rate=RATE, metadata={"name": path.stem, "gear_make": None, "loudness": -18.0})
    return paths


def esr(prediction: np.ndarray, target: np.ndarray) -> float:
    return float(np.square(prediction - target, dtype=np.float64).sum() / np.square(target, dtype=np.float64).sum())


@pytest.mark.parametrize("layers", range(1, 11))
def test_random_networks_sound_the_same_in_nams_engine(tmp_path, monkeypatch, layers):
    kernels = [1 + (layers + i) % 7 for i in range(len(CHANNELS))]  # over all depths, each width meets each kernel
    nets = [
        network(layers=layers, channels=channels, kernel_size=kernel, seed=layers)
        for channels, kernel in zip(CHANNELS, kernels, strict=True)
    ]
    played = nam_wasm.play(written(tmp_path, nets), SIGNAL, sample_rate=RATE, block=64)
    for net, found in zip(nets, played, strict=True):
        assert esr(found.output, by_pytorch(net, SIGNAL)) < 1e-5
    monkeypatch.setitem(ACTIVATIONS, "Tanh", ACTIVATIONS["Fasttanh"])  # as the engine computes it
    for net, found in zip(nets, played, strict=True):
        assert np.abs(found.output - by_pytorch(net, SIGNAL)).max() < 1e-5


def members(seeds: range) -> list[WaveNet]:
    """Return random members of the family that NAM plays, a plain stack for every six, and NAM's own presets."""
    stacks = [stack(1 + seed % 7, 1 + seed % 10, 1 + seed % 5) for seed in seeds[::6]]
    nets = [WaveNet(each) for each in (*PRESETS.values(), *stacks, *map(exportable, seeds))]
    with torch.no_grad():
        for net in nets:
            for weights in net.parameters():
                weights *= 1.2
    return [net.eval() for net in nets]


FEW_AND_MANY = pytest.mark.parametrize(
    "seeds", [range(12), pytest.param(range(12, 200), marks=pytest.mark.long)], ids=["12", "188"]
)


def in_training(net: WaveNet, compute: Compute) -> np.ndarray:
    """Return what an implementation of the training step makes of the signal after silence."""
    x = functional.pad(torch.from_numpy(SIGNAL)[None, None], (net.context[0], 0))
    return compute(net.architecture, net.weights, x, net.context[0]).detach()[0, 0].numpy()


@FEW_AND_MANY
def test_members_of_the_family_are_the_same_in_every_implementation(tmp_path, seeds):
    torch.manual_seed(0)
    nets = members(seeds)
    fused_nets = [net for net in nets if not unsupported(net.architecture)]
    stacks = [net for net in nets if net.architecture.is_tanh_stack]
    assert len(fused_nets) >= len(nets) / 4 and len(stacks) >= len(seeds) / 6
    for net, path in zip(nets, written(tmp_path, nets), strict=True):
        expected = by_pytorch(net, SIGNAL)
        found = {
            "NumPy, from the file": nam_in_numpy.play(json.loads(path.read_text()), SIGNAL),
            "streaming": Stream(net).process(torch.from_numpy(SIGNAL)[None, None])[0, 0].numpy(),
            "PyTorch": in_training(net, eager),
            **({"fused": in_training(net, fused)} if net in fused_nets else {}),
            "micro-batches": in_training(net, micro_batched if net in stacks else bounded),
        }
        for name, output in found.items():
            assert np.abs(output - expected).max() < 1e-5 * max(1.0, np.abs(expected).max()), (name, net.architecture)


@FEW_AND_MANY
def test_members_of_the_family_sound_the_same_in_nams_engine_and_are_read_back(tmp_path, monkeypatch, seeds):
    monkeypatch.setitem(ACTIVATIONS, "Tanh", ACTIVATIONS["Fasttanh"])
    torch.manual_seed(0)
    nets = members(seeds)
    paths = written(tmp_path, nets)
    played = nam_wasm.play(paths, SIGNAL, sample_rate=RATE, block=64)
    for net, path, found in zip(nets, paths, played, strict=True):
        expected = by_pytorch(net, SIGNAL)
        allowed = 1e-5 * max(1.0, float(np.abs(expected).max()))
        assert np.abs(found.output - expected).max() < allowed, net.architecture
        read, _ = nam_reading.read(path)
        assert np.abs(by_pytorch(read, SIGNAL) - expected).max() < allowed, net.architecture
        again = Stream(read).process(torch.from_numpy(SIGNAL)[None, None])[0, 0].numpy()
        assert np.abs(again - expected).max() < allowed, net.architecture


def test_a_trained_network_sounds_the_same_in_nams_engine(tmp_path, monkeypatch):
    net = network(layers=3, channels=4, kernel_size=3, gain=1.0)
    x = torch.from_numpy(SIGNAL[:500])[None, None]
    optimizer = torch.optim.Adam(net.parameters(), 0.02)
    for _ in range(150):
        optimizer.zero_grad()
        error = (net(x) - torch.tanh(5 * x.roll(3, dims=-1))).square().mean()
        error.backward()
        optimizer.step()
    assert error < 0.01  # it has learned, so its weights are not those of a fresh one
    (played,) = nam_wasm.play(written(tmp_path, [net]), SIGNAL, sample_rate=RATE, block=64)
    assert esr(played.output, by_pytorch(net, SIGNAL)) < 1e-5
    monkeypatch.setitem(ACTIVATIONS, "Tanh", ACTIVATIONS["Fasttanh"])  # as the engine computes it
    assert np.abs(played.output - by_pytorch(net, SIGNAL)).max() < 1e-5


def test_a_container_plays_its_last_model_and_holds_each_whole(tmp_path):
    """nam-wasm has no slim knob; so each model is played as the last of a container, and alone out of its container."""
    nets = [network(layers=layers, channels=4, kernel_size=3) for layers in (2, 4, 6)]
    contents = [document.read(path).content for path in written(tmp_path, nets)]
    for last in range(1, 4):
        path = tmp_path / f"front{last}.nam"
        document.write(path, container(contents[:last], name="front"))
        parts = document.read(path).content["config"]["submodels"]
        (tmp_path / "part.nam").write_text(json.dumps(parts[-1]["model"]))
        assert [part["max_value"] for part in parts] == [(i + 1) / last for i in range(last)]
        whole, part = nam_wasm.play([path, tmp_path / "part.nam"], SIGNAL, sample_rate=RATE, block=64)
        assert np.array_equal(whole.output, part.output)
        assert esr(whole.output, by_pytorch(nets[last - 1], SIGNAL)) < 1e-5


@pytest.mark.parametrize("block", [1, 37, 512])
def test_the_size_of_the_blocks_changes_nothing(tmp_path, block):
    paths = written(tmp_path, [network(layers=4, channels=6, kernel_size=3, dilation_base=3)])
    ours, theirs = (nam_wasm.play(paths, SIGNAL, sample_rate=RATE, block=size)[0].output for size in (block, 64))
    assert np.abs(ours - theirs).max() < 1e-6


def test_a_file_that_the_engine_refuses_is_an_error_with_its_reason(tmp_path):
    path = tmp_path / "a.nam"
    path.write_text('{"version": "0.7.0", "architecture": "WaveNet"}')
    with pytest.raises(ExportError, match=r"a\.nam: nam-wasm stopped: Corrupted model file is missing weights\."):
        nam_wasm.play([path], SIGNAL, sample_rate=RATE, block=64)
