"""The terms of a cost table: how much an architecture has of each thing that takes time in an engine.

A table holds a coefficient for each term, and the cost is the sum of their products. Multiplications, and what else is
done for each channel of a layer, have a term for each measured width: engines have code of their own for some widths,
so that 6 channels may cost more than 8. A width between two measured ones has shares in the terms of both.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasamp.architecture import Architecture, LayerArray, nam_form

BY_WIDTH = ("channels", "multiplications")  # kinds with a term for each width
SINGLE = ("layers", "gated_layers", "gating", "dense", "head_taps", "head", "model")  # kinds with one term

Terms = NDArray[np.float64]


def names(widths: Sequence[int], activations: Sequence[str]) -> list[tuple[str, int | str]]:
    """Return the kind of each term, and its width or activation, in the order of ``terms``."""
    by_width = [(kind, width) for kind in BY_WIDTH for width in widths]
    return [*by_width, *(("activations", name) for name in activations), *((kind, "") for kind in SINGLE)]


def terms(architecture: Architecture, widths: Sequence[int], activations: Sequence[str]) -> Terms:
    """Return the amount of each term in the arrays that are written to a .nam, shape (..., terms).

    Sizes in the architecture may be NumPy arrays of shape (...), see ``architecture.stack``.

    Args:
        widths: of the table, ascending.
        activations: of the table; any other counts as the last.
    """
    total, inputs = np.zeros(()), 0
    for array in nam_form(architecture).arrays:
        total = total + _of_array(array, inputs, widths, activations)
        inputs = array.channels
    return np.concatenate([total, np.ones_like(total[..., :1])], -1)


def _of_array(array: LayerArray, inputs: Any, widths: Sequence[int], activations: Sequence[str]) -> Terms:
    channels, inside, layers = array.channels, array.bottleneck, array.layers
    gated = [layer.kernel_size for layer in layers if layer.gating != "none"]
    multiplications = _at(inside, widths, channels * inside * sum(e.kernel_size for e in layers if e.gating == "none"))
    if gated:  # twice as many outputs
        multiplications = multiplications + _at(2 * inside, widths, channels * 2 * inside * sum(gated))
    used = [layer.activation.name for layer in layers]
    places = [activations.index(name) if name in activations else len(activations) - 1 for name in used]
    matrices = inputs * channels + (len(layers) * inside * channels if array.residual == "dense" else 0)
    head = array.head.kernel_size * array.head.out_channels
    evaluated = [inside * places.count(i) for i in range(len(activations))]
    single = [len(layers), len(gated), len(gated) * inside, matrices, head, inside * head]
    together = np.stack(np.broadcast_arrays(*evaluated, *single), -1)
    return _joined(_at(channels, widths, channels * len(layers)), multiplications, together)


def _at(width: Any, widths: Sequence[int], amount: Any) -> Terms:
    """Return an amount divided between the two measured widths beside a width; beyond them all at the nearest."""
    places = np.asarray(np.interp(width, widths, np.arange(len(widths))))
    shares = np.maximum(0.0, 1.0 - np.abs(places[..., None] - np.arange(len(widths))))
    return np.asarray(shares * np.asarray(amount, float)[..., None])


def _joined(*parts: Terms) -> Terms:
    shape = np.broadcast_shapes(*(part.shape[:-1] for part in parts))
    return np.concatenate([np.broadcast_to(part, (*shape, part.shape[-1])) for part in parts], -1).astype(float)
