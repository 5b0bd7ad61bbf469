"""Reads and writes the JSON of the Neural Vox Modeler."""

import re
from pathlib import Path
from typing import Any

import torch

from nasamp.architecture import Architecture, latency_ms, plain_settings, stack
from nasamp.errors import ExportError
from nasamp.export import document
from nasamp.models import WaveNet
from nasamp.models.layer import by_array


def unsupported(architecture: Architecture) -> str:
    """Return why the plugin cannot play an architecture; empty if it can."""
    if not architecture.causal:
        return "the Neural Vox Modeler plays causal models only; train with model.causal=true"
    return "" if plain_settings(architecture) else "the Neural Vox Modeler plays plain stacks only"


def content(net: WaveNet, *, name: str, sample_rate: int) -> dict[str, Any]:
    """Return the content of the file; weights are always lists, since with one channel the plugin crashes on scalars.

    Raises:
        ExportError: for a network that the plugin cannot play: not causal, or not a plain stack.
    """
    if reason := unsupported(net.architecture):
        raise ExportError(f"{name}: {reason}")
    shape = plain_settings(net.architecture) or {}
    (array,), (own,) = net.architecture.arrays, by_array(net.architecture, net.weights)
    return {
        "model_info": {
            "name": re.sub(r"[^\w .+-]+", "_", name),
            "version": "1.0.0",
            "architecture": "WaveNet",
            "causal": True,
            "sample_rate": sample_rate,
            "receptive_field": net.receptive_field,
            "latency_ms": round(latency_ms(net.receptive_field, sample_rate), 2),
        },
        "architecture": {
            "channels": shape["channels"],
            "num_layers": shape["layers"],
            "kernel_size": shape["kernel_size"],
            "dilation_base": shape["dilation_base"],
            "dilations": [layer.dilation for layer in array.layers],
        },
        "weights": {
            "input_conv": _convolution(*own.input),
            "residual_blocks": [
                {"layer": i, "dilation": form.dilation}
                | {"conv_weight": _array(layer.hidden[0]), "conv_bias": _array(layer.hidden[1])}
                for i, (form, layer) in enumerate(zip(array.layers, own.layers, strict=True))
            ],
            "output_conv": _convolution(*own.head),
        },
    }


def write(path: Path, net: WaveNet, *, sample_rate: int) -> None:
    """Write the file; its name without the extension becomes the model's name."""
    document.write(path, content(net, name=path.stem, sample_rate=sample_rate))


def read(path: Path) -> tuple[WaveNet, int]:
    """Return the network of a file, and its sample rate in Hz.

    Raises:
        ExportError: if the file is not a Vox JSON, is broken, or holds a network that is not causal.
    """
    file = document.read(path)
    info, described, weights = (file.child(key) for key in ("model_info", "architecture", "weights"))
    if info.content.get("architecture") != "WaveNet" or info.content.get("causal") is not True:
        info.refuse('must have architecture "WaveNet" and causal true')
    names = {"layers": "num_layers", "channels": "channels", "kernel_size": "kernel_size"}
    shape = described.settings(**{ours: described.content.get(theirs) for ours, theirs in names.items()})
    base = described.settings(dilation_base=described.content.get("dilation_base"))
    layers, channels, kernel_size = shape.values()
    arrays = [weights.child("input_conv").numbers(key, (channels,)) for key in ("weight", "bias")]
    blocks = weights.children("residual_blocks", layers)
    for block in blocks:
        arrays += [block.numbers("conv_weight", (channels, channels, kernel_size))]
        arrays += [block.numbers("conv_bias", (channels,))]
    output = weights.child("output_conv")
    arrays += [output.numbers("weight", (channels,)), output.numbers("bias", (1,))]
    net = WaveNet(stack(**shape, **base))
    dilations = [layer.dilation for layer in net.architecture.arrays[0].layers]
    if [block.content.get("dilation") for block in blocks] != dilations:
        described.refuse(f"its blocks must have the dilations {dilations}, by dilation_base")
    for parameter, array in zip(net.parameters(), arrays, strict=True):
        parameter.data.copy_(torch.from_numpy(array).view_as(parameter))
    return net, info.sample_rate()


def _array(values: Any) -> Any:
    return values.detach().numpy()


def _convolution(weight: Any, bias: Any) -> dict[str, Any]:
    return {"weight": _array(weight).reshape(-1), "bias": _array(bias)}
