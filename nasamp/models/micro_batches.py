"""A training step in PyTorch's operations that computes a few sequences at a time, forward and backward.

With a batch of the original recipe each layer fills 25 to 50 MB. The allocator maps and unmaps memory of that size in
each operation, which takes more time than the arithmetic. In micro-batches such a step takes a quarter to half of
autograd's time (docs/performance.md), and less memory.
"""

import ctypes
import functools
import platform
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from nasamp.architecture import Architecture
from nasamp.models.layer import padding
from nasamp.step_memory import KEPT_BYTES, MICRO_BATCH_SAMPLES

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of mallopt(3)

Layer = tuple[int, int, int, int]  # dilation, zeros on the left, on the right, first input sample that has an output


def micro_batched(architecture: Architecture, weights: Sequence[Tensor], x: Tensor, skip: int = 0) -> Tensor:
    """Return the output without its first ``skip`` samples, on the CPU; differentiable once, with respect to weights.

    Args:
        architecture: one array as ``stack`` makes it; its kernel sizes and dilations may be any.
        weights: in the order of the walk.
        x: shape (batch, 1, samples).
        skip: samples at the start that are left out.
    """
    _keep_memory()
    return _Step.apply(architecture, skip, x, *weights)  # type: ignore[no-any-return, no-untyped-call]


@functools.cache
def _keep_memory() -> None:
    """Tell glibc to keep freed memory; by default some processes return it to the system in each step."""
    if platform.libc_ver()[0] == "glibc":
        allocator = ctypes.CDLL(None)
        allocator.mallopt(_M_MMAP_THRESHOLD, 2**25)  # bytes; the largest value that glibc accepts
        allocator.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)


def _layers(architecture: Architecture, skip: int) -> tuple[int, list[Layer]]:
    """Return the first input sample that the output depends on, and the ranges that each layer has to compute."""
    first, layers = skip, list[Layer]()
    for form in reversed(architecture.arrays[0].layers):
        left, right = padding(form, causal=architecture.causal)
        before = min(first, left)
        layers.append((form.dilation, left - before, right, before))
        first -= before
    return first, layers[::-1]


class _Step(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, architecture: Architecture, skip: int, x: Tensor, *weights: Tensor) -> Tensor:
        ctx.first, ctx.layers = _layers(architecture, skip)
        ctx.sequences = max(1, MICRO_BATCH_SAMPLES // x.shape[-1])
        ctx.save_for_backward(x, *weights)
        ctx.kept, outputs, free_bytes = [], [], KEPT_BYTES
        for batch in torch.split(x[..., ctx.first :], ctx.sequences):
            hidden = list(_forward(batch, ctx.layers, weights))
            outputs.append(torch.conv1d(hidden[-1], weights[-2], weights[-1]))
            free_bytes -= sum(h.nbytes for h in hidden)
            ctx.kept.append(hidden if free_bytes >= 0 else None)
        return torch.cat(outputs)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy: Tensor) -> Any:
        x, *weights = ctx.saved_tensors
        gradients = [torch.zeros_like(weight) for weight in weights]
        batches = (torch.split(each, ctx.sequences) for each in (x[..., ctx.first :], dy))
        for batch, part, kept in zip(*batches, ctx.kept, strict=True):
            hidden = kept or list(_forward(batch, ctx.layers, weights))
            _backward(batch, hidden, part, ctx.layers, weights, gradients)
        return None, None, None, *gradients


def _forward(x: Tensor, layers: Sequence[Layer], weights: Sequence[Tensor]) -> Iterator[Tensor]:
    """Yield the input of each layer, and the output of the last."""
    h = torch.conv1d(x, weights[0], weights[1])
    yield h
    for (dilation, left, right, before), weight, bias in zip(layers, weights[2:-2:2], weights[3:-2:2], strict=True):
        z = torch.conv1d(_padded(h, left, right), 2 * weight, 2 * bias, dilation=dilation).sigmoid_()
        h = z.mul_(2).sub_(1).add_(h[..., before:])  # tanh(x) = 2 sigmoid(2x) - 1, which is faster in PyTorch
        yield h


def _backward(
    x: Tensor,
    hidden: Sequence[Tensor],
    dy: Tensor,
    layers: Sequence[Layer],
    weights: Sequence[Tensor],
    gradients: Sequence[Tensor],
) -> None:
    """Add the gradients of one micro-batch to ``gradients``."""

    def add(gradient: Tensor, inputs: Tensor, i: int, dilation: int = 1) -> None:
        """Add the gradients of a convolution's weight (at index ``i``) and bias, from that of its output."""
        _, weight, bias = torch.ops.aten.convolution_backward(
            gradient, inputs, weights[i], [len(weights[i])], [1], [0], [dilation], False, [0], 1, [False, True, True]
        )
        gradients[i].add_(weight)
        gradients[i + 1].add_(bias)

    def back(gradient: Tensor, i: int, dilation: int = 1, left: int = 0, right: int = 0) -> Tensor:
        """Return the gradient of a convolution's input, without the padding; faster than PyTorch's own."""
        reach = (weights[i].shape[-1] - 1) * dilation
        turned = weights[i].flip(-1).transpose(0, 1)
        return torch.conv1d(_padded(gradient, reach - left, reach - right), turned, dilation=dilation)

    last = len(weights) - 2
    add(dy, hidden[-1], last)
    gradient = back(dy, last)
    for i, (dilation, left, right, before) in reversed(list(enumerate(layers))):
        h = hidden[i]
        pre_activation = torch.ops.aten.tanh_backward(gradient, hidden[i + 1] - h[..., before:])
        add(pre_activation, _padded(h, left, right), 2 * i + 2, dilation)
        below = back(pre_activation, 2 * i + 2, dilation, left, right)
        below[..., before:] += gradient
        gradient = below
    add(gradient, x, 0)


def _padded(h: Tensor, left: int, right: int) -> Tensor:
    return functional.pad(h, (left, right)) if left or right else h
