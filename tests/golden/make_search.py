"""Write search.json: what a search is called, identified by and costs, and the shape of the files it writes.

python tests/golden/make_search.py

Results of earlier versions are found again by these names and identities: write it anew only when that is meant.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

import hydra
import onnx
import torch
from hydra.core.global_hydra import GlobalHydra
from hydra.types import HydraContext

from nasamp.architecture import stack
from nasamp.export import nam, vox
from nasamp.export import onnx as graph
from nasamp.models import WaveNet
from nasamp.search.jobs import ledger
from nasamp.search.plan.planning import Plan, make
from nasamp.search.plan.space import name

CONF = str(Path(__file__).parents[2] / "conf")
COMMANDS = (
    ("search=poc", "schedule=smoke", "recipe=fast", "data.device=tube"),
    ("search=poc", "recipe=fast", "data.device=tube"),
    ("search=poc", "recipe=fast", "data=recording", "data.input=dry.wav", "data.output=wet.wav", "seed=1,2"),
    ("search=conservative", "schedule=halving", "recipe=original", "data.device=tube", "loss=hybrid"),
    ("model.layers=5,6", "model.dilation_base=1,3", "recipe=fast", "data.device=tube,muff", "phase=full"),
)
SHAPES = ({"layers": 5, "channels": 4, "kernel_size": 3}, {"layers": 2, "channels": 1, "kernel_size": 9})
RATE = 44_100


def golden() -> dict[str, Any]:
    """Return all of it, as plain values."""
    return {"searches": {" ".join(command): _search(command) for command in COMMANDS}, "files": _files()}


def _search(command: tuple[str, ...]) -> list[Any]:
    plan = _plan(command)
    points = enumerate(plan.points, 1)
    return [[name(point, i), point.candidate, dict(point.costs), _identities(plan, point)] for i, point in points]


def _plan(command: tuple[str, ...]) -> Plan:
    from unittest.mock import patch

    with (
        hydra.initialize_config_dir(CONF, version_base="1.3"),
        patch("nasamp.audio.files.header", lambda path: (RATE, None)),  # of files that are not there
        patch("nasamp.audio.files.refuse", list),
    ):
        context = HydraContext(config_loader=GlobalHydra.instance().config_loader(), callbacks=None)
        chosen = [each for each in command if each.partition("=")[0] in ("search", "schedule", "recipe", "loss")]
        chosen += [each for each in command if each.startswith("data") and "," not in each]
        cfg = hydra.compose("config", ["hydra/sweeper=basic", *chosen], return_hydra_config=True)
        return make(list(command), cfg, context, is_multirun=True)


def _identities(plan: Plan, point: Any) -> dict[str, str]:
    phases = [phase["phase"] for phase in plan.phases]
    return {phase: ledger.identity(plan.job_config(point, phase), "digest") for phase in phases}


def _files() -> list[Any]:
    """Return the skeleton of each kind of file, for a few shapes."""
    found = []
    for shape in SHAPES:
        torch.manual_seed(0)
        net = WaveNet(stack(**shape))
        with tempfile.TemporaryDirectory() as folder:
            vox.write(Path(folder) / "model.json", net, sample_rate=RATE)
            nam.write(Path(folder) / "model.nam", net, sample_rate=RATE, metadata={})
            graph.write(Path(folder) / "model.onnx", net, sample_rate=RATE)
            model = onnx.load(Path(folder) / "model.onnx")
            texts = [(Path(folder) / f"model.{ending}").read_text("utf-8") for ending in ("json", "nam")]
        nodes = [[node.op_type, *node.input, "->", *node.output] for node in model.graph.node]
        found.append([*(_skeleton(json.loads(text)) for text in texts), nodes])
    return found


def _skeleton(content: Any) -> Any:
    """Return the content with each list of numbers with fractions as their count."""
    if isinstance(content, dict):
        return {key: _skeleton(value) for key, value in content.items()}
    if isinstance(content, list) and any(isinstance(each, float) for each in content):
        return f"{len(content)} numbers"
    return [_skeleton(each) for each in content] if isinstance(content, list) else content


if __name__ == "__main__":
    Path(__file__).with_name("search.json").write_text(json.dumps(golden(), separators=(",", ":")) + "\n", "utf-8")
