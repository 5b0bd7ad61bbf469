"""The fused forward and backward as one function of autograd."""

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from nasamp.models.fused.library import Library, Task, loaded

if TYPE_CHECKING:
    from nasamp.models.wavenet import WaveNet

KEPT_BYTES = 256 * 2**20  # of activations from the forward to the backward pass; what does not fit is computed again
PIECE_SAMPLES = 16_384  # longer sequences are cut, each piece with its own past, or validation would need much memory
_spare: list[Tensor] = []  # at most one: fresh memory for each step would cost its page faults each time


def fused(net: "WaveNet", x: Tensor, skip: int = 0, library: Library | None = None) -> Tensor:
    """Return a causal network's output without its first ``skip`` samples.

    Args:
        net: its weights have the type of ``x``.
        x: shape (batch, 1, samples), float32 or float64 on the CPU.
        skip: less than ``samples``; only what the others depend on is computed.
        library: another than the one for this machine.

    Raises:
        NoLibrary: where it cannot be compiled.
    """
    weights = list(net.parameters())
    is_training = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in (x, *weights))
    pieces = 1
    if not x.requires_grad:  # the pieces' gradients of the input would overlap
        pieces = -(-(x.shape[-1] - skip) // max(PIECE_SAMPLES, 4 * net.context[0]))
    task = Task(
        *(net.layers, net.channels, net.kernel_size, net.dilation_base),
        *(x.shape[0], x.shape[-1], skip, pieces, 0, min(torch.get_num_threads(), x.shape[0] * pieces)),
    )
    return _Fused.apply(library or loaded(), task, is_training, x, *weights)  # type: ignore[no-any-return, no-untyped-call]


class _Fused(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, library: Library, task: Task, is_training: bool, x: Tensor, *weights: Tensor) -> Tensor:
        x, flat = x.contiguous(), torch.cat([weight.reshape(-1) for weight in weights])
        if is_training:
            unit_bytes = library.memory(task, x.dtype).unit * x.element_size()
            task.kept = min(task.sequences * task.pieces, KEPT_BYTES // unit_bytes)
        memory = _taken(library, task, x.dtype)
        y = x.new_empty(task.sequences, 1, task.samples - task.start)
        library.forward(task, flat, x, y, memory)
        if is_training:
            ctx.save_for_backward(x, flat)
            ctx.library, ctx.task, ctx.memory, ctx.shapes = library, task, memory, [weight.shape for weight in weights]
        else:
            _spare[:] = [memory]
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy: Tensor) -> Any:
        x, flat = ctx.saved_tensors
        memory, ctx.memory = ctx.memory, None
        if memory is None:  # a second time through the same graph: nothing is kept any more
            ctx.task.kept = 0
            memory = _taken(ctx.library, ctx.task, x.dtype)
        dweights = torch.empty_like(flat)
        dx = torch.zeros_like(x) if ctx.needs_input_grad[3] else None
        ctx.library.backward(ctx.task, flat, x, dy.contiguous(), memory, dweights, dx)
        _spare[:] = [memory]
        parts = torch.split(dweights, [shape.numel() for shape in ctx.shapes])
        return None, None, None, dx, *(part.view(shape) for part, shape in zip(parts, ctx.shapes, strict=True))


def _taken(library: Library, task: Task, dtype: torch.dtype) -> Tensor:
    """Return memory for a call, the one of the last call if it is large enough."""
    needs = library.memory(task, dtype)
    size = (task.kept * needs.unit + task.threads * needs.scratch) * dtype.itemsize
    spare = _spare.pop() if _spare else torch.empty(0, dtype=torch.uint8)
    return spare if spare.numel() >= size else torch.empty(size, dtype=torch.uint8)
