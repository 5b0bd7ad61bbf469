"""Lists the convolutions of an architecture, in the order of the weights in a .nam."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from nasamp.architecture.description import Architecture, LayerArray

Role = Literal["input", "hidden", "mixin", "residual", "head"]
_NAMES = {
    "input": "input_conv",
    "hidden": "blocks.",
    "mixin": "mixins.",
    "residual": "residuals.",
    "head": "output_conv",
}


class Convolution(NamedTuple):
    """One convolution of a network.

    Attributes:
        role: ``input`` is the 1x1 from an array's input to h, ``hidden`` a layer's dilated convolution, ``mixin`` the
            1x1 of the network's input, ``residual`` the 1x1 from z to h, ``head`` the convolution of the skip sum.
        inputs: channels of its input.
        outputs: channels of its output.
        is_depthwise: whether each output channel depends on its own input channel only.
        bias: whether it has a bias.
        array: index of its array; None if there is only one.
        layer: index of its layer in the array; None for input and head.
    """

    role: Role
    inputs: int
    outputs: int
    kernel_size: int
    dilation: int
    is_depthwise: bool
    bias: bool
    array: int | None
    layer: int | None

    @property
    def name(self) -> str:
        """Return the name of its parameters, before ``.weight`` and ``.bias``."""
        place = "" if self.layer is None else self.layer
        return f"{'' if self.array is None else f'arrays.{self.array}.'}{_NAMES[self.role]}{place}"


def convolutions(architecture: Architecture) -> Iterator[Convolution]:
    """Yield the convolutions in NAM's order: for each array input, the convolutions of each layer, head.

    >>> from nasamp.architecture import stack
    >>> [each.name for each in convolutions(stack(layers=2, channels=16, kernel_size=3))]
    ['input_conv', 'blocks.0', 'blocks.1', 'output_conv']
    """
    inputs = 1
    for place, array in enumerate(architecture.arrays):
        yield from _of_array(array, inputs, place if len(architecture.arrays) > 1 else None)
        inputs = array.channels


def _of_array(array: LayerArray, inputs: int, place: int | None) -> Iterator[Convolution]:
    width, inside, mixin, head = array.channels, array.bottleneck, array.mixin, array.head
    yield Convolution("input", inputs, width, 1, 1, False, array.input_bias, place, None)
    for i, layer in enumerate(array.layers):
        outputs = inside if layer.gating == "none" else 2 * inside
        yield Convolution("hidden", width, outputs, layer.kernel_size, layer.dilation, False, True, place, i)
        if mixin:
            yield Convolution("mixin", 1, outputs, 1, 1, False, False, place, i)
        if array.residual != "identity":
            yield Convolution("residual", inside, width, 1, 1, array.residual == "scale", True, place, i)
    yield Convolution("head", inside, head.out_channels, head.kernel_size, 1, False, head.bias, place, None)
