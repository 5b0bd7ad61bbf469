"""The fused forward and backward as one function of autograd."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch._utils import _flatten_dense_tensors, _unflatten_dense_tensors  # what DDP has for its speed
from torch.autograd.function import once_differentiable

from nasamp.architecture import Architecture
from nasamp.models.fused.library import Library, Memory, Task, loaded
from nasamp.models.fused.table import context, table
from nasamp.step_memory import KEPT_BYTES

PIECE_SAMPLES = 16_384  # longer sequences are cut, each piece with its own past, or validation would need much memory
_spare: list[Tensor] = []  # at most one: fresh memory for each step would cost its page faults each time


def fused(
    architecture: Architecture, weights: Sequence[Tensor], x: Tensor, skip: int = 0, library: Library | None = None
) -> Tensor:
    """Return a network's output without its first ``skip`` samples.

    Args:
        architecture: one of which nothing is ``unsupported``.
        weights: in the order of the walk, of the type of ``x``.
        x: shape (batch, 1, samples), float32 or float64 on the CPU.
        skip: less than ``samples``; only what the others depend on is computed.
        library: another than the one for this machine.

    Raises:
        NoLibrary: where it cannot be compiled.
    """
    is_training = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in (x, *weights))
    past, rows, pieces = context(architecture), table(architecture), 1
    if not x.requires_grad:  # the pieces' gradients of the input would overlap
        pieces = -(-(x.shape[-1] - skip) // max(PIECE_SAMPLES, 4 * past))
    task = Task(
        *(len(rows), past),
        *(x.shape[0], x.shape[-1], skip, pieces, 0, min(torch.get_num_threads(), x.shape[0] * pieces)),
    )
    called, scaled = library or loaded(), _scaled(architecture, weights)
    return _Fused.apply(called, task, rows, is_training, x, *scaled)  # type: ignore[no-any-return, no-untyped-call]


def _scaled(architecture: Architecture, weights: Sequence[Tensor]) -> list[Tensor]:
    """Return the weights with head_scale in those of the last head."""
    if architecture.head_scale == 1:
        return list(weights)
    first = len(weights) - 1 - architecture.arrays[-1].head.bias
    return [*weights[:first], *(weight * architecture.head_scale for weight in weights[first:])]


class _Fused(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, library: Library, task: Task, table: Tensor, is_training: bool, x: Tensor, *weights: Tensor
    ) -> Tensor:
        x, flat = x.contiguous(), _flatten_dense_tensors(weights)  # type: ignore[no-untyped-call]
        needs = library.memory(task, table, x.dtype)
        if is_training:
            task.kept = min(task.sequences * task.pieces, KEPT_BYTES // needs.unit)
        memory = _taken(task, needs)
        y = x.new_empty(task.sequences, 1, task.samples - task.start)
        library.forward(task, table, flat, x, y, *_split_memory(task, needs, memory))
        if is_training:
            ctx.save_for_backward(x, flat)
            ctx.call, ctx.memory, ctx.weights = (library, task, table, needs), memory, weights
        else:
            _spare[:] = [memory]
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy: Tensor) -> Any:
        x, flat = ctx.saved_tensors
        library, task, table, needs = ctx.call
        memory, ctx.memory = ctx.memory, None
        if memory is None:  # a second time through the same graph: nothing is kept any more
            task.kept = 0
            memory = _taken(task, needs)
        dweights = torch.zeros_like(flat)
        dx = torch.zeros_like(x) if ctx.needs_input_grad[4] else None
        library.backward(task, table, flat, x, dy.contiguous(), *_split_memory(task, needs, memory), dweights, dx)
        _spare[:] = [memory]
        return None, None, None, None, dx, *_unflatten_dense_tensors(dweights, ctx.weights)  # type: ignore[no-untyped-call]


def _taken(task: Task, needs: Memory) -> Tensor:
    """Return memory for a call, the last one's where it fits; validation lets go of what training kept."""
    size = task.kept * needs.unit + task.threads * needs.scratch
    spare = _spare.pop() if _spare else torch.empty(0, dtype=torch.uint8)
    return spare if size <= spare.numel() <= 8 * size else torch.empty(size, dtype=torch.uint8)


def _split_memory(task: Task, needs: Memory, memory: Tensor) -> tuple[Tensor, Tensor]:
    """Return what is kept and what is scratch."""
    kept = task.kept * needs.unit
    return memory[:kept], memory[kept:]
