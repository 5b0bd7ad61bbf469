"""Files between us and NAM's own trainer: each plays those of the other. Run by make test-engines."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from members import PRESETS
from networks import network
from other_networks import FORMULAS, fast_tanh
from test_nam_engine import by_pytorch, members

from nasamp.benchmark import nam_wasm
from nasamp.export import nam, nam_metadata, nam_reading
from nasamp.models import WaveNet

PYTHON = os.environ.get("NASAMP_NAM_PYTHON")
SHAPES = [(1, 1, 1), (2, 1, 7), (6, 12, 5), (10, 8, 2), (8, 32, 3)]
RATE = 48_000
SILENCE = RATE // 2  # samples in front, in which the LSTM settles as it does in NAM's engine

pytestmark = pytest.mark.skipif(not PYTHON, reason="needs neural-amp-modeler in its own environment: make test-engines")


def noise(samples: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-0.7, 0.7, samples).astype(np.float32)


def in_nams_trainer(script: str, folder: Path, signal: np.ndarray) -> None:
    np.save(folder / "input.npy", signal)
    subprocess.run([PYTHON, Path(__file__).parent / "engines" / script, folder], check=True)


def gap(found: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest difference, as a share of the peak: random networks may be louder than 1, or quiet."""
    return float(np.abs(found - expected).max() / np.abs(expected).max())


@pytest.fixture(scope="module")
def theirs(tmp_path_factory) -> Path:
    """Return a folder of networks that NAM's trainer built, exported and played."""
    folder = tmp_path_factory.mktemp("theirs")
    in_nams_trainer("build_in_nam.py", folder, np.concatenate([np.zeros(SILENCE, np.float32), noise(5_000)]))
    return folder


def test_nams_trainer_plays_our_files_and_measures_the_same_loudness_and_gain(tmp_path):
    nets = {f"L{n}_C{c}_K{k}": network(layers=n, channels=c, kernel_size=k) for n, c, k in SHAPES}
    signal = noise(5_000)
    for name, net in nets.items():
        nam.write(tmp_path / f"{name}.nam", net, sample_rate=RATE, metadata={"name": name})
    in_nams_trainer("play_in_nam.py", tmp_path, signal)
    for name, net in nets.items():
        assert gap(np.load(tmp_path / f"{name}.npy"), by_pytorch(net, signal)) < 1e-6, name
        measured = json.loads((tmp_path / f"{name}.json").read_text())
        assert nam_metadata.loudness_and_gain(net) == pytest.approx(measured, abs=1e-4), name


@pytest.mark.parametrize("name", PRESETS)
def test_what_nams_trainer_builds_and_exports_is_our_preset_and_plays_as_it_does(theirs, name):
    net, rate = nam_reading.read(theirs / f"{name}.nam")
    assert (net.architecture.arrays, rate) == (PRESETS[name].arrays, RATE)
    assert net.architecture.head_scale == pytest.approx(PRESETS[name].head_scale)
    assert gap(by_pytorch(net, np.load(theirs / "input.npy")), np.load(theirs / f"{name}.npy")) < 1e-5


def test_of_the_packed_network_of_nams_trainer_the_largest_is_read(theirs):
    net, _ = nam_reading.read(theirs / "a2_packed.nam")
    small, large = np.load(theirs / "a2_packed.npy")
    found = by_pytorch(net, np.load(theirs / "input.npy"))
    assert gap(found, large) < 1e-5 < gap(found, small)


def test_nams_trainer_loads_its_networks_again_after_we_read_and_wrote_them(theirs, tmp_path):
    for name in PRESETS:
        net, rate = nam_reading.read(theirs / f"{name}.nam")
        nam.write(tmp_path / f"{name}.nam", net, sample_rate=rate, metadata={"name": name})
    in_nams_trainer("play_in_nam.py", tmp_path, np.load(theirs / "input.npy"))
    for name in PRESETS:
        assert gap(np.load(tmp_path / f"{name}.npy"), np.load(theirs / f"{name}.npy")) < 1e-5, name


def has_sloped_gate(net: WaveNet) -> bool:
    """Return whether a gated activation has a slope, which NAM's trainer writes, but cannot read."""
    layers = [layer for array in net.architecture.arrays for layer in array.layers]
    return any(layer.gating != "none" and layer.activation.negative_slope is not None for layer in layers)


def test_nams_trainer_plays_random_members_of_the_family(tmp_path):
    nets = [net for net in members(range(40)) if not has_sloped_gate(net)]
    signal = noise(2_000)
    for number, net in enumerate(nets):
        nam.write(tmp_path / f"{number}.nam", net, sample_rate=RATE, metadata={"name": str(number)})
    in_nams_trainer("play_in_nam.py", tmp_path, signal)
    for number, net in enumerate(nets):
        assert gap(np.load(tmp_path / f"{number}.npy"), by_pytorch(net, signal)) < 1e-5, net.architecture


@pytest.mark.parametrize(("name", "kind"), [("lstm", "LSTM"), ("conv_net", "ConvNet")])
def test_the_formula_of_what_only_nams_engine_plays_is_that_of_nams_trainer(theirs, name, kind):
    content = json.loads((theirs / f"{name}.nam").read_text())
    assert content["architecture"] == kind
    found = FORMULAS[kind](content["config"], content["weights"], np.load(theirs / "input.npy"), np.tanh)
    expected = np.load(theirs / f"{name}.npy")
    assert gap(found[SILENCE:], expected[SILENCE:]) < 1e-5
    (played,) = nam_wasm.play([theirs / f"{name}.nam"], noise(5_000), sample_rate=RATE, block=64)
    found = FORMULAS[kind](content["config"], content["weights"], np.load(theirs / "input.npy"), fast_tanh)
    assert gap(played.output, found[SILENCE:]) < 1e-5
