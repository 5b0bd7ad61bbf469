"""Our .nam files in NAM's own trainer: the output agrees with ours to 1e-6. Run by make test-engines."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from networks import network
from test_nam_engine import by_pytorch

from nasamp.export import nam, nam_metadata

PYTHON = os.environ.get("NASAMP_NAM_PYTHON")
SHAPES = [(1, 1, 1), (2, 1, 7), (6, 12, 5), (10, 8, 2), (8, 32, 3)]


@pytest.mark.skipif(not PYTHON, reason="needs neural-amp-modeler in its own environment: make test-engines")
def test_nams_trainer_plays_our_files_and_measures_the_same_loudness_and_gain(tmp_path):
    nets = {f"L{n}_C{c}_K{k}": network(layers=n, channels=c, kernel_size=k) for n, c, k in SHAPES}
    signal = np.random.default_rng(0).uniform(-0.7, 0.7, 5_000).astype(np.float32)
    np.save(tmp_path / "input.npy", signal)
    for name, net in nets.items():
        nam.write(tmp_path / f"{name}.nam", net, sample_rate=48_000, metadata={"name": name})
    script = Path(__file__).parent / "engines" / "play_in_nam.py"
    subprocess.run([PYTHON, script, tmp_path], check=True)
    for name, net in nets.items():
        expected = by_pytorch(net, signal)
        difference = np.abs(np.load(tmp_path / f"{name}.npy") - expected).max() / np.abs(expected).max()
        assert difference < 1e-6, name  # of the peak: random networks are louder than 1
        theirs = json.loads((tmp_path / f"{name}.json").read_text())
        assert nam_metadata.loudness_and_gain(net) == pytest.approx(theirs, abs=1e-4), name
