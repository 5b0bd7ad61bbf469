"""Loads a trained network from a job's folder, a checkpoint, a .nam or a Vox JSON."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from nasamp.architecture import Architecture, stack
from nasamp.errors import ExportError
from nasamp.export import in_engine, nam_reading, vox
from nasamp.export.document import Node
from nasamp.export.in_engine import InEngine, Play
from nasamp.export.nam_content import OnlyInEngineError
from nasamp.export.scale import folded
from nasamp.models import WaveNet
from nasamp.models.streaming import Stream
from nasamp.training import checkpoints

_ACCEPTED = "a job's folder, its .ckpt, a .nam and a Vox .json are accepted"
_LARGEST_SCALE = 1e12  # a recording at -240 dBFS, scaled to full scale
_DESCRIBED = ("layers", "channels", "kernel_size", "dilation_base", "causal")


@dataclass(frozen=True)
class Playable:
    """A network that plays signals at the level of the recording, and its sample rate in Hz."""

    net: WaveNet
    sample_rate: int

    @contextmanager
    def players(self, count: int) -> Iterator[list[Play]]:
        """Provide functions that play the next samples of one channel each."""
        yield [partial(_streamed, Stream(self.net)) for _ in range(count)]


def load(path: Path) -> Playable | InEngine:
    """Return the network of a job's folder (its best checkpoint), a checkpoint, a .nam or a Vox JSON.

    A .nam of a network that nasamp cannot compute is left to NAM's engine.

    Raises:
        ExportError: for any other file, a broken one, a user's own network, a network that is not causal, and a .nam
            for NAM's engine where that is not installed.
    """
    if path.is_dir():
        if not (path / checkpoints.BEST).exists():
            raise ExportError(
                f"{path}: holds no {checkpoints.BEST}; name the folder of a job, such as results/poc/full/NAME"
            )
        path = path / checkpoints.BEST
    if not path.exists():
        raise ExportError(f"{path}: does not exist; {_ACCEPTED}")
    readers = {".ckpt": _checkpoint, ".nam": nam_reading.read, ".json": vox.read}
    if path.suffix not in readers:
        raise ExportError(f"{path}: not a model file; {_ACCEPTED}")
    try:
        net, sample_rate = readers[path.suffix](path)
    except OnlyInEngineError as reason:
        return in_engine.opened(path, reason)
    if not net.causal:
        raise ExportError(f"{path}: looks ahead (model.causal=false), so it cannot be played block by block")
    return Playable(net.eval(), sample_rate)


def files(path: Path) -> list[Path]:
    """Return the files of a model: the file itself, and all files of a job's folder if it is one or lies in one."""
    folder = path if path.is_dir() else path.parent
    if not (folder / checkpoints.BEST).exists():
        return [path]  # not a job's folder, so its other files do not belong to the model
    return [path, *(each for each in folder.rglob("*") if each.is_file())]


def _streamed(stream: Stream, samples: NDArray[np.float32]) -> NDArray[np.float32]:
    output: NDArray[np.float32] = stream.process(torch.from_numpy(samples)[None, None])[0, 0].numpy()
    return output


def _checkpoint(path: Path) -> tuple[WaveNet, int]:
    try:
        held = checkpoints.read(path)
    except checkpoints.UnreadableError as error:
        raise ExportError(f"{path}: not a checkpoint: {str(error)[:200]}") from None
    described: Any = held.get("network")
    if not isinstance(described, dict) or not described.keys() & {"layers", "architecture"}:
        raise ExportError(f"{path}: does not describe its network; nasamp loads its own WaveNets only")
    node = Node(described, f"{path}: ")
    rate = node.sample_rate()
    net = WaveNet(_architecture(node))
    state = held.get("state_dict", {})
    try:
        net.load_state_dict({key[4:]: value for key, value in state.items() if key.startswith("net.")})
    except (RuntimeError, AttributeError) as error:
        raise ExportError(
            f"{path}: its weights do not fit its network: {str(error).splitlines()[-1].strip()}"
        ) from None
    scale = described.get("scale", 1.0)
    if type(scale) not in (int, float) or not 1 / _LARGEST_SCALE <= scale <= _LARGEST_SCALE:
        node.refuse(f"scale={str(scale)[:20]}: must be a number above 0, and below {_LARGEST_SCALE:g}")
    if not all(parameter.isfinite().all() for parameter in net.parameters()):
        node.refuse("its weights hold NaN or infinity")
    return folded(net, scale), rate


def _architecture(node: Node) -> Architecture:
    if "architecture" not in node.content:
        return stack(**node.settings(**{name: node.content.get(name) for name in _DESCRIBED}))
    try:
        return Architecture.of_tree(node.content["architecture"])
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        node.refuse(f"architecture: {error}")
