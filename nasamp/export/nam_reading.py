"""Networks out of any .nam that holds a WaveNet: NAM's own, those of other programs, and ours as they were trained."""

import logging
from pathlib import Path

import torch

from nasamp.architecture import in_words
from nasamp.errors import ExportError
from nasamp.export import nam_content
from nasamp.export.nam_content import NamContent
from nasamp.export.scale import folded
from nasamp.models import WaveNet

log = logging.getLogger(__name__)


def read(path: Path) -> tuple[WaveNet, int]:
    """Return the network of a .nam, and its sample rate in Hz; of a container the largest.

    Raises:
        OnlyInEngineError: for a network that NAM's engine plays, but that is none of the family.
        ExportError: for what is no .nam, or is broken.
    """
    held = nam_content.read(path)
    if held.note:
        log.warning("%s", held.note)
    return network(held), held.sample_rate


def start(net: WaveNet, path: Path, *, scale: float) -> None:
    """Give a network the weights of a .nam with the same architecture, to train it on.

    Args:
        net: without a ``head_scale``; its weights are replaced.
        path: the file, see ``nam_content.trainable``.
        scale: factor of the recording's input and output in training; with the same factor as at the export, the
            weights are those that were trained then.

    Raises:
        ExportError: as ``read``, and for a file with another architecture.
    """
    held = nam_content.trainable(path)
    if held.architecture != net.architecture:
        raise ExportError(f"{path}: has {in_words(held.architecture)}, not {in_words(net.architecture)}")
    net.load_state_dict(folded(network(held), 1 / scale).state_dict())


def network(held: NamContent) -> WaveNet:
    """Return the network with its weights."""
    net = WaveNet(held.architecture)
    with torch.no_grad():
        for parameter, value in zip(net.weights, held.weights, strict=True):
            parameter.copy_(torch.from_numpy(value))
    return net
