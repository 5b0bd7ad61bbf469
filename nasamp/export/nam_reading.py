"""Networks out of any .nam that holds a WaveNet: NAM's own, those of other programs, and ours as they were trained."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from nasamp.architecture import Architecture, LayerArray, UnsupportedError, convolutions, layer_array, nam_weights
from nasamp.architecture.nam_form import LINEAR
from nasamp.export import document, slimmable
from nasamp.export.document import Node
from nasamp.models import WaveNet
from nasamp.models.layer import ArrayWeights, LayerWeights, by_array

log = logging.getLogger(__name__)

USUAL_RATE = 48_000  # Hz; what hosts take where a file names none
_MOST_WEIGHTS = 5_000_000  # no plugin could play more in real time


def read(path: Path) -> tuple[WaveNet, int]:
    """Return the network of a .nam, and its sample rate in Hz; of a container the largest.

    Raises:
        ExportError: for what is no .nam, is broken, or holds what no network of the family has.
    """
    return _read(document.read(path))


def _read(file: Node) -> tuple[WaveNet, int]:
    kind = file.content.get("architecture")
    if kind == "SlimmableContainer":
        last, inside = _largest(file), slimmable.names(file.content)
        log.warning("%s", file.said(f"holds {len(inside) or 'several'} models ({', '.join(inside)}); the last is used"))
        return _read(last)
    if kind != "WaveNet":
        file.refuse(f"architecture {str(kind)[:40]} is not supported, only WaveNet")
    described = _architecture(file.child("config"))
    count = nam_weights(described)
    if count > _MOST_WEIGHTS:
        file.refuse(f"{count:,} weights; no plugin plays more than {_MOST_WEIGHTS:,} in real time")
    values = torch.from_numpy(file.numbers("weights", (count,)))
    *weights, head_scale = _cut(described, values)
    net = as_trained(replace(described, head_scale=float(head_scale)), weights)
    rate = file.content.get("sample_rate")
    return net, USUAL_RATE if rate in (None, -1) else _rate(file, rate)


def _rate(file: Node, rate: Any) -> int:
    whole = int(rate) if isinstance(rate, float) and rate.is_integer() else rate
    return int(file.settings(sample_rate=whole)["sample_rate"])


def _largest(file: Node) -> Node:
    """Return the last model of a container, which the engine plays unless another is asked for."""
    config = file.child("config")
    models = config.content.get("submodels")
    if not isinstance(models, list) or not models:
        config.refuse("submodels: must be a list of models")
    last = config.children("submodels", len(models))[-1].child("model")
    if last.content.get("architecture") == "SlimmableContainer":
        last.refuse("a container inside a container is not supported")
    return last


def _architecture(config: Node) -> Architecture:
    for key in ("head", "condition_dsp"):
        if config.content.get(key) is not None:
            config.refuse(f"{key} is not supported")
    if config.content.get("in_channels", 1) != 1:
        config.refuse(f"in_channels {config.content['in_channels']} is not supported, only 1")
    words = config.content.get("layers")
    if not isinstance(words, list) or not words or not all(isinstance(each, Mapping) for each in words):
        config.refuse("layers: must be a list of layer arrays")
    try:
        described = Architecture(tuple(map(layer_array, words)))
    except UnsupportedError as error:
        config.refuse(f"layers: {error}")
    if problem := described.problem():
        config.refuse(f"layers: {problem}")
    return described


def _cut(architecture: Architecture, values: Tensor) -> Iterator[Tensor]:
    """Yield the weights of each convolution in the order of the walk, then head_scale."""
    start = 0
    for each in convolutions(architecture):
        shape = (each.outputs, 1 if each.is_depthwise else each.inputs, each.kernel_size)
        for size in (shape, (each.outputs,)) if each.bias else (shape,):
            count = torch.Size(size).numel()
            yield values[start : start + count].view(size)
            start += count
    yield values[start]


def as_trained(architecture: Architecture, weights: list[Tensor]) -> WaveNet:
    """Return the network without what a .nam has to add to it, see ``nam_form``: the same output, fewer parts."""
    made: list[LayerArray] = []
    kept: list[Tensor | None] = []
    for place, (array, own) in enumerate(zip(architecture.arrays, by_array(architecture, weights), strict=True)):
        first, layers = own.layers[0], own.layers
        adds_input = place == 0 and _hands_on(array, own)
        taken = own.input
        if adds_input:
            array, layers = replace(array, layers=array.layers[1:]), layers[1:]
            taken = (first.mixin, first.hidden[1])  # type: ignore[assignment]
        has_mixin = not adds_input or any(layer.mixin is not None and layer.mixin.any() for layer in layers)
        residual = "identity" if all(_is_identity(layer) for layer in layers) else array.residual
        if array.residual == "dense" and array.channels > 1:
            residual = "dense"
        made.append(
            replace(array, residual=residual, mixin=has_mixin, input_bias=adds_input, head_takes_input=adds_input)
        )
        kept += taken
        for layer in layers:
            kept += [*layer.hidden, layer.mixin if has_mixin else None]
            kept += layer.residual if residual != "identity" and layer.residual else ()
        kept += own.head
    net = WaveNet(replace(architecture, arrays=tuple(made)))
    with torch.no_grad():
        for parameter, value in zip(net.weights, (each for each in kept if each is not None), strict=True):
            parameter.copy_(value)
    return net


def _hands_on(array: LayerArray, own: ArrayWeights) -> bool:
    """Return whether the first layer does nothing but make ``h`` of the network's input, in NAM's parts."""
    first = own.layers[0]
    is_shaped = len(array.layers) > 1 and array.layers[0] == LINEAR and array.bottleneck == array.channels
    return is_shaped and not own.input[0].any() and not first.hidden[0].any() and _is_identity(first)


def _is_identity(layer: LayerWeights) -> bool:
    """Return whether the residual hands on its input as it is."""
    if layer.residual is None:
        return False
    weight, bias = layer.residual
    square = weight[..., 0]
    same = torch.ones_like(square) if square.shape[1] == 1 else torch.eye(*square.shape)
    return torch.equal(square, same) and (bias is None or not bias.any())
