"""A job of a network that is no plain stack: trained, exported to what can hold it, and played from each file."""

import json

import numpy as np
import pytest
import torch

from nasamp.export import playable
from nasamp.models.streaming import Stream

SMALL = [
    *("launcher=basic", "logger=csv", "data.seconds=12", "phase=smoke_full", "recipe.smoke_full.steps=6"),
    *("phase.validate_every=3", "data.normalize=rms", "callbacks.benchmark.seconds=0.05", "search.name=one"),
]
MEMBERS = {
    "gated": ["model.layers=4", "model.channels=3", "model.mixin=true", "model.gating=gated", "model.residual=scale"],
    "a1_nano": ["model=a1_nano", "model.residual=dense"],
    "a2_lite": ["model=a2_lite", "model.activation=Softsign"],
}


@pytest.mark.long
@pytest.mark.parametrize("member", MEMBERS)
def test_a_member_of_the_family_is_trained_and_plays_the_same_from_checkpoint_and_nam(tmp_path, nasamp, member):
    done = nasamp(*MEMBERS[member], *SMALL)
    assert done.returncode == 0, done.stderr
    (folder,) = tmp_path.glob("results/one/smoke_full/*")
    result = json.loads((folder / "result.json").read_text())
    assert result["nam"] == f"smoke_full/{folder.name}/{folder.name}.nam"
    assert "vox_json" not in result and not (folder / f"{folder.name}.json").exists()
    assert "Neural Vox Modeler plays plain stacks only" in (folder / "train.log").read_text()
    x = torch.rand(1, 1, 9000, generator=torch.Generator().manual_seed(0)) - 0.5
    outputs = [Stream(playable.load(path).net).process(x).numpy() for path in (folder, folder / f"{folder.name}.nam")]
    assert np.abs(outputs[0] - outputs[1]).max() <= 1e-5 * np.abs(outputs[0]).max()
