"""Reads and writes the .nam of Neural Amp Modeler (NAM): a network as layer arrays of NAM's WaveNet, exactly.

NAM computes its output from the sum of all activations. For a plain stack, layer 0 therefore adds the input
convolution, with the identity as its activation; layers 1.. are the stack's, and each 1x1 is the identity.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nasamp.architecture import Architecture, in_nams_words, nam_form
from nasamp.errors import ExportError
from nasamp.export import document
from nasamp.models import WaveNet
from nasamp.models.layer import Weights, by_array

VERSION = "0.7.0"


def content(net: WaveNet, *, sample_rate: int, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of the file.

    Raises:
        ExportError: for a network that NAM cannot play.
    """
    if not net.causal:
        raise ExportError("Neural Amp Modeler plays causal models only; train with model.causal=true")
    if any(array.input_bias or array.head_takes_input for array in net.architecture.arrays[1:]):
        raise ExportError("Neural Amp Modeler has no input bias, and no input in the skip sum, after the first array")
    if net.architecture.arrays[0].input_bias and not net.architecture.arrays[0].head_takes_input:
        raise ExportError("Neural Amp Modeler has no input bias where the skip sum does not begin with the input")
    return {
        "version": VERSION,
        "metadata": dict(metadata),
        "architecture": "WaveNet",
        "config": _config(nam_form(net.architecture)),
        "weights": np.concatenate([part.detach().flatten().numpy() for part in _parts(net)]),
        "sample_rate": sample_rate,
    }


def write(path: Path, net: WaveNet, *, sample_rate: int, metadata: Mapping[str, Any]) -> None:
    """Write the file."""
    document.write(path, content(net, sample_rate=sample_rate, metadata=metadata))


def _config(architecture: Architecture) -> dict[str, Any]:
    """Return the ``config`` of a file, from an architecture in NAM's form."""
    inputs = [1, *(array.channels for array in architecture.arrays)]
    arrays = [in_nams_words(array, taken) for array, taken in zip(architecture.arrays, inputs, strict=False)]
    return {"layers": arrays, "head": None, "head_scale": architecture.head_scale, "in_channels": 1}


def _parts(net: WaveNet) -> list[Tensor]:
    """Return the weights of the file in order: the network's parameters, and constants for the rest of NAM's form.

    If the input convolution has a bias, or is part of the skip sum, a first layer computes it: its hidden convolution
    is zero except for that bias, and its mixin is the input convolution.
    """
    parts: list[Tensor] = []
    written = nam_form(net.architecture).arrays
    for array, form, own in zip(net.architecture.arrays, written, by_array(net.architecture, net.weights), strict=True):
        channels, (weight, bias) = array.channels, own.input
        matrix = torch.eye(channels) if form.residual == "dense" else torch.ones(channels)
        identity = [matrix, torch.zeros(channels)]  # as a residual, weight and bias
        if len(form.layers) > len(array.layers):
            zeros = torch.zeros(channels)
            parts += [zeros, torch.zeros(channels**2), zeros if bias is None else bias, weight, *identity]
        else:
            parts.append(weight)
        for layer in own.layers:
            no_mixin = torch.zeros(layer.hidden[0].shape[0])
            parts += [*_present(layer.hidden), no_mixin if layer.mixin is None else layer.mixin]
            parts += identity if layer.residual is None else _present(layer.residual)
        parts += _present(own.head)
    return [*parts, torch.full((1,), net.architecture.head_scale)]


def _present(weights: Weights) -> list[Tensor]:
    return [each for each in weights if each is not None]
