"""An architecture as the table that the compiled step reads."""

from functools import cache

import torch
from torch import Tensor

from nasamp.architecture import Architecture, Convolution, Layer, LayerArray, TrainedActivation, convolutions, counts

ROLES = ("input", "hidden", "mixin", "residual", "head")
ACTIVATIONS: tuple[TrainedActivation, ...] = ("Tanh", "Hardtanh", "ReLU", "LeakyReLU", "Softsign", "Sigmoid")
UNREACHABLE = 2**40  # samples; longer dilations see nothing but zeros


@cache
def unsupported(architecture: Architecture) -> str:
    """Return what of an architecture the compiled step cannot do, in a few words; nothing where it can do all."""
    layers = [layer for array in architecture.arrays for layer in array.layers]
    used = [each for layer in layers for each in (layer.activation, layer.secondary_activation) if each is not None]
    problems = [] if architecture.causal else ["causal=false"]
    problems += ["gating=blended"] if any(layer.gating == "blended" for layer in layers) else []
    problems += dict.fromkeys(each.name for each in used if each.name not in ACTIVATIONS)
    if any((each.negative_slope or 0) < 0 for each in used):
        problems.append("LeakyReLU with a slope below 0")  # its result does not tell the sign of what it was given
    return ", ".join(problems)


@cache  # a step of a small network takes less time than its table
def table(architecture: Architecture) -> Tensor:
    """Return a row for each convolution of the walk: the fields of struct Row in network.h, int64."""
    rows = []
    for each in convolutions(architecture):
        array = architecture.arrays[each.array or 0]
        layer = array.layers[each.layer] if each.role == "hidden" and each.layer is not None else None
        sizes = (each.inputs, each.outputs, each.kernel_size, min(each.dilation, UNREACHABLE))
        sums = _sums(each, array)
        rows.append([ROLES.index(each.role), *sizes, each.is_depthwise, each.bias, *sums, *_functions(layer)])
    return torch.tensor(rows, dtype=torch.int64)


@cache
def context(architecture: Architecture) -> int:
    """Return how many samples of the past an output depends on."""
    return min(int(counts(architecture).receptive_field) - 1, UNREACHABLE)


def _sums(each: Convolution, array: LayerArray) -> tuple[bool, bool]:
    """Return whether the result is added to h, and to a skip sum; of a head whether it takes one, and not h."""
    is_first = not each.array
    hands_on = is_first and array.residual == "identity" and array.head_takes_input  # h is the skip sum
    has_base = each.role == "residual" or (each.role == "hidden" and array.residual == "identity")
    has_skip = each.role in ("hidden", "head") or (each.role == "input" and array.head_takes_input)
    return has_base, has_skip and not hands_on


def _functions(layer: Layer | None) -> list[int]:
    """Return kind and slope of the activation and of the gate, the slope as the bits of a float64."""
    found = []
    for each in (None, None) if layer is None else (layer.activation, layer.secondary_activation):
        parameters = each.parameters if each else ()
        slope = torch.tensor(parameters[0] if parameters else 0.0, dtype=torch.float64)
        found += [-1 if each is None else ACTIVATIONS.index(each.name), int(slope.view(torch.int64))]
    return found
