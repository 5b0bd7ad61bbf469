"""The formula of one layer, and of a network made of layers: what every implementation must agree with."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from nasamp.architecture import Activation, Architecture, Convolution, Layer, convolutions

Weights = tuple[Tensor, Tensor | None]  # (outputs, inputs, kernel size), (outputs,)


def _fast_tanh(z: Tensor) -> Tensor:
    """Return the approximation of tanh that NAM's engine has under the name Fasttanh (NAM/activations.h)."""
    size, square = z.abs(), z * z
    over = 2.45550750702956 + 2.45550750702956 * size + (0.893229853513558 + 0.821226666969744 * size) * square
    under = 2.44506634652299 + (2.44506634652299 + square) * (z + 0.814642734961073 * z * size).abs()
    return z * over / under


ACTIVATIONS: dict[str, Callable[..., Tensor]] = {  # take the signal and ``Activation.parameters``
    "Tanh": torch.tanh,
    "Fasttanh": _fast_tanh,
    "Hardtanh": functional.hardtanh,
    "ReLU": functional.relu,
    "LeakyReLU": functional.leaky_relu,
    "Sigmoid": torch.sigmoid,
    "SiLU": functional.silu,
    "Hardswish": functional.hardswish,
    "Softsign": functional.softsign,
}


class LayerWeights(NamedTuple):
    """The weights of one layer; None for the parts that it does not have."""

    hidden: Weights
    mixin: Tensor | None
    residual: Weights | None


class ArrayWeights(NamedTuple):
    """The weights of a layer array."""

    input: Weights
    layers: list[LayerWeights]
    head: Weights


Extend = Callable[[Tensor, int, int], Tensor]  # of a signal, and the numbers of samples to add before and after it


def network_output(architecture: Architecture, arrays: Sequence[ArrayWeights], x: Tensor, extend: Extend) -> Tensor:
    """Return the output of a network, as long as its input.

    Args:
        arrays: the weights, see ``by_array``.
        x: shape (batch, 1, samples).
        extend: returns the input of a convolution with the samples before and after it: zeros, or those of a stream.
            Called for each layer and for the head of each array, in the order of the walk.
    """
    h, output = x, x
    for place, (array, own) in enumerate(zip(architecture.arrays, arrays, strict=True)):
        h = functional.conv1d(h, *own.input)
        begin = h if array.head_takes_input else h.new_zeros(())
        skip_sum = begin + output if place else begin
        is_skip_sum = array.residual == "identity" and array.head_takes_input and not place  # h equals the skip sum
        for form, of_layer in zip(array.layers, own.layers, strict=True):
            past, ahead = padding(form, causal=architecture.causal)
            h, z = layer(form, of_layer, extend(h, past, ahead), x, ahead)
            skip_sum = h if is_skip_sum else skip_sum + z
        output = functional.conv1d(extend(skip_sum, array.head.kernel_size - 1, 0), *own.head)
    return output if architecture.head_scale == 1 else output * architecture.head_scale


def padding(form: Layer, *, causal: bool) -> tuple[int, int]:
    """Return how many samples before and after its input a layer needs for an output of the same length."""
    memory = (form.kernel_size - 1) * form.dilation
    return (memory, 0) if causal else (memory - memory // 2, memory // 2)


def layer(form: Layer, weights: LayerWeights, h: Tensor, x: Tensor, ahead: int = 0) -> tuple[Tensor, Tensor]:
    """Return a layer's output for the next layer, and what it adds to the skip sum.

    Args:
        weights: see ``by_array``.
        h: shape (batch, channels, past + samples + ahead); past + ahead is (kernel_size - 1) * dilation.
        x: the network's input, shape (batch, 1, samples).
        ahead: samples of ``h`` after the last sample of the output; 0 for a causal network.

    Returns:
        h and z, shape (batch, channels, samples) and (batch, bottleneck, samples).
    """
    past = (form.kernel_size - 1) * form.dilation - ahead
    z = functional.conv1d(h, *weights.hidden, dilation=form.dilation)
    if weights.mixin is not None:
        z = z + functional.conv1d(x, weights.mixin)
    z = activated(form, z)
    residual = z if weights.residual is None else _residual(z, *weights.residual)
    return h[..., past : past + z.shape[-1]] + residual, z


def activated(form: Layer, z: Tensor) -> Tensor:
    """Return the activation of the pre-activation ``z``; gating halves the channels."""
    if form.secondary_activation is None:
        return _function(form.activation, z)
    a, b = z.chunk(2, dim=1)
    share = _function(form.secondary_activation, b)
    if form.gating == "gated":
        return _function(form.activation, a) * share
    return share * _function(form.activation, a) + (1 - share) * a


def by_array(architecture: Architecture, weights: Sequence[Tensor]) -> list[ArrayWeights]:
    """Return weights, given in the order of the walk, grouped by array and layer."""
    given, found = iter(weights), list[ArrayWeights]()
    parts = [(each, _next_weights(each, given)) for each in convolutions(architecture)]
    for place in range(len(architecture.arrays)):
        own = [(each, its_weights) for each, its_weights in parts if (each.array or 0) == place]
        layers: dict[int, dict[str, Weights]] = {}
        for each, its_weights in own:
            if each.layer is not None:
                layers.setdefault(each.layer, {})[each.role] = its_weights
        made = [_of_layer(roles) for roles in layers.values()]
        found.append(ArrayWeights(own[0][1], made, own[-1][1]))
    return found


def _of_layer(roles: dict[str, Weights]) -> LayerWeights:
    return LayerWeights(roles["hidden"], roles["mixin"][0] if "mixin" in roles else None, roles.get("residual"))


def _next_weights(each: Convolution, given: Iterator[Tensor]) -> Weights:
    return next(given), next(given) if each.bias else None


def _residual(z: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    return functional.conv1d(z, weight, bias, groups=z.shape[1] // weight.shape[1])


def _function(activation: Activation, z: Tensor) -> Tensor:
    return ACTIVATIONS[activation.name](z, *activation.parameters)
