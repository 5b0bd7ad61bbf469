"""The .nam of Neural Amp Modeler: our network as one layer array of its WaveNet, nothing of it changed.

NAM's output is made of the sum of all activations. So layer 0 hands on the input convolution through an
activation that does nothing, layers 1.. are our blocks, and every 1x1 between them is the identity.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nasamp import architecture
from nasamp.errors import ExportError
from nasamp.export import document, slimmable
from nasamp.export.document import Node
from nasamp.models import WaveNet

VERSION = "0.7.0"
_ANOTHER = "nasamp reads the WaveNets that it wrote itself, and no other architecture"


def content(net: WaveNet, *, sample_rate: int, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stands in the file; the rate is in Hz, for metadata see ``nam_metadata``.

    Raises:
        ExportError: for a network that is not causal.
    """
    if not net.causal:
        raise ExportError("Neural Amp Modeler plays causal models only; train with model.causal=true")
    return {
        "version": VERSION,
        "metadata": dict(metadata),
        "architecture": "WaveNet",
        "config": _config(net),
        "weights": np.concatenate([part.detach().flatten().numpy() for part in _parts(net)]),
        "sample_rate": sample_rate,
    }


def write(path: Path, net: WaveNet, *, sample_rate: int, metadata: Mapping[str, Any]) -> None:
    """Write the file."""
    document.write(path, content(net, sample_rate=sample_rate, metadata=metadata))


def read(path: Path) -> tuple[WaveNet, int]:
    """Return the network of a file that ``write`` wrote, and its sample rate in Hz.

    Raises:
        ExportError: for what is no .nam, is broken, or holds another architecture.
    """
    file = document.read(path)
    if file.content.get("architecture") != "WaveNet":
        if inside := slimmable.names(file.content):
            file.refuse(f"a container of {len(inside)} models; name the .nam of one: {', '.join(inside)}")
        file.refuse(f"architecture {str(file.content.get('architecture'))[:40]}; {_ANOTHER}")
    net = _shaped(file)
    sizes = [part.numel() for part in _parts(net)]
    values = torch.split(torch.from_numpy(file.numbers("weights", (sum(sizes),))), sizes)
    for part, stored in zip(_parts(net), values, strict=True):
        if isinstance(part, nn.Parameter):
            part.data.copy_(stored.view_as(part))
        elif not torch.equal(part.flatten(), stored):
            file.refuse(f"a WaveNet whose 1x1 convolutions are no identity; {_ANOTHER}")
    return net, file.settings(sample_rate=file.content.get("sample_rate"))["sample_rate"]


def _shaped(file: Node) -> WaveNet:
    """Return an untrained network of the file's shape."""
    config = file.child("config")
    array = config.children("layers", 1)[0]
    kernels, dilations = array.wholes("kernel_sizes"), array.wholes("dilations")
    shape = array.settings(
        layers=len(dilations) - 1,
        channels=array.content.get("channels"),
        kernel_size=kernels[-1] if kernels else None,
        dilation_base=dilations[2] if len(dilations) > 2 else 2,
    )
    file.numbers("weights", (architecture.nam_weights(architecture.stack(**shape)),))
    net = WaveNet(**shape)  # takes memory, so the count of the weights was looked at before
    if config.content != _config(net):
        config.refuse(f"a WaveNet that is not our stack of equal blocks; {_ANOTHER}")
    return net


def _config(net: WaveNet) -> dict[str, Any]:
    layers = net.layers + 1
    array = {
        "input_size": 1,
        "condition_size": 1,
        "channels": net.channels,
        "bottleneck": net.channels,
        "head": {"out_channels": 1, "kernel_size": 1, "bias": True},
        "kernel_sizes": [1] + [net.kernel_size] * net.layers,
        "dilations": [1, *net.dilations],
        "activation": [{"type": "LeakyReLU", "negative_slope": 1.0}] + ["Tanh"] * net.layers,
        "gating_mode": ["none"] * layers,
        "secondary_activation": [None] * layers,
        "layer1x1": {"active": True, "groups": net.channels},
        "head1x1": {"active": False, "out_channels": net.channels, "groups": 1},
        "groups_input": 1,
        "groups_input_mixin": 1,
    }
    return {"layers": [array], "head": None, "head_scale": 1.0, "in_channels": 1}


def _parts(net: WaveNet) -> list[Tensor]:
    """Return the file's numbers in order: the network's own parameters, and constants between them."""
    channels = net.channels
    none = torch.zeros(channels)
    identity = torch.cat([torch.ones(channels), none])  # weight and bias of a 1x1 with a group per channel
    parts: list[Any] = [none, torch.zeros(channels**2), net.input_conv.bias, net.input_conv.weight, identity]
    for block in net.blocks:
        parts += [block.weight, block.bias, none, identity]
    return [*parts, net.output_conv.weight, net.output_conv.bias, torch.ones(1)]
