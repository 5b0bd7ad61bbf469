"""The forward pass in PyTorch's own operations: what the faster ones must agree with."""

from collections.abc import Sequence

from torch import Tensor
from torch.nn import functional

from nasamp.architecture import Architecture, Layer
from nasamp.models.layer import by_array, layer


def eager(architecture: Architecture, weights: Sequence[Tensor], x: Tensor, skip: int = 0) -> Tensor:
    """Return the output without its first ``skip`` samples, for any device, type and derivative.

    Args:
        architecture: any.
        weights: in the order of the walk.
        x: shape (batch, 1, samples); zeros lie before it, and before the input of each layer.
        skip: samples at the start that are left out.
    """
    h, output = x, x
    for place, (array, own) in enumerate(zip(architecture.arrays, by_array(architecture, weights), strict=True)):
        h = functional.conv1d(h, *own.input)
        begin = h if array.head_takes_input else h.new_zeros(())
        skip_sum = begin + output if place else begin
        hands_on = array.residual == "identity" and array.head_takes_input and not place  # h is the skip sum
        for form, of_layer in zip(array.layers, own.layers, strict=True):
            left, right = padding(form, causal=architecture.causal)
            h, z = layer(form, of_layer, functional.pad(h, (left, right)), x, right)
            skip_sum = h if hands_on else skip_sum + z
        output = functional.conv1d(functional.pad(skip_sum, (array.head.kernel_size - 1, 0)), *own.head)
    return output[..., skip:] if architecture.head_scale == 1 else output[..., skip:] * architecture.head_scale


def padding(form: Layer, *, causal: bool) -> tuple[int, int]:
    """Return the samples that one layer needs on both sides to keep the length."""
    memory = (form.kernel_size - 1) * form.dilation
    return (memory, 0) if causal else (memory - memory // 2, memory // 2)
