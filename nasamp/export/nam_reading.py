"""Networks out of any .nam that holds a WaveNet: NAM's own, those of other programs, and ours as they were trained."""

import logging
from pathlib import Path

import torch

from nasamp.export import nam_content
from nasamp.export.nam_content import NamContent
from nasamp.models import WaveNet

log = logging.getLogger(__name__)


def read(path: Path) -> tuple[WaveNet, int]:
    """Return the network of a .nam, and its sample rate in Hz; of a container the largest.

    Raises:
        ExportError: for what is no .nam, is broken, or holds what no network of the family has.
    """
    held = nam_content.read(path)
    if held.note:
        log.warning("%s", held.note)
    return network(held), held.sample_rate


def network(held: NamContent) -> WaveNet:
    """Return the network with its weights."""
    net = WaveNet(held.architecture)
    with torch.no_grad():
        for parameter, value in zip(net.weights, held.weights, strict=True):
            parameter.copy_(torch.from_numpy(value))
    return net
