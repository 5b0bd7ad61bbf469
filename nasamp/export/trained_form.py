"""Converts a network from the form of a .nam back to the one that was trained; no torch."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nasamp.architecture import Architecture, Convolution, LayerArray, convolutions
from nasamp.architecture.nam_form import LINEAR

Array = NDArray[np.float32]


class _Part(NamedTuple):
    convolution: Convolution
    weight: Array
    bias: Array | None


def trained_form(architecture: Architecture, weights: Iterable[Array]) -> tuple[Architecture, tuple[Array, ...]]:
    """Return a network without what a .nam has to add to it, see ``nam_form``: the same output, fewer parts.

    Args:
        architecture: in NAM's form.
        weights: weight and bias of each convolution, in the order of the walk.
    """
    given = iter(weights)
    parts = [_Part(each, next(given), next(given) if each.bias else None) for each in convolutions(architecture)]
    by_array = [list(own) for _, own in groupby(parts, lambda part: part.convolution.array)]
    adds_input = _hands_on(architecture.arrays[0], by_array[0])
    mixins = [part for part in parts if part.convolution.role == "mixin"]
    has_mixin = not adds_input or any(part.weight.any() for part in mixins[1:])
    made: list[LayerArray] = []
    kept: list[_Part] = []
    for place, (array, own) in enumerate(zip(architecture.arrays, by_array, strict=True)):
        begins = adds_input and place == 0
        if begins:
            array, own = _without_first(array, own)
        residuals = [part for part in own if part.convolution.role == "residual"]
        is_free = array.residual == "scale" or array.channels == 1
        residual = "identity" if is_free and all(map(_is_identity, residuals)) else array.residual
        made.append(replace(array, residual=residual, mixin=has_mixin, input_bias=begins, head_takes_input=begins))
        dropped = {"mixin"} if not has_mixin else set[str]()
        dropped |= {"residual"} if residual == "identity" else set()
        kept += [part for part in own if part.convolution.role not in dropped]
    kept_weights = tuple(each for part in kept for each in (part.weight, part.bias) if each is not None)
    return replace(architecture, arrays=tuple(made)), kept_weights


def _hands_on(array: LayerArray, own: list[_Part]) -> bool:
    """Return whether the first layer does nothing but make ``h`` of the network's input, in NAM's parts."""
    taken, hidden, _, residual, *_ = own
    is_shaped = len(array.layers) > 1 and array.layers[0] == LINEAR and array.bottleneck == array.channels
    return is_shaped and not taken.weight.any() and not hidden.weight.any() and _is_identity(residual)


def _without_first(array: LayerArray, own: list[_Part]) -> tuple[LayerArray, list[_Part]]:
    """Return an array whose input convolution does what its first layer did, see ``_hands_on``."""
    taken, hidden, mixin, _, *others = own
    return replace(array, layers=array.layers[1:]), [_Part(taken.convolution, mixin.weight, hidden.bias), *others]


def _is_identity(residual: _Part) -> bool:
    """Return whether a residual hands on its input as it is."""
    square = residual.weight[..., 0]
    same = np.ones_like(square) if square.shape[1] == 1 else np.eye(*square.shape)
    return np.array_equal(square, same) and (residual.bias is None or not residual.bias.any())
