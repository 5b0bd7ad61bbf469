"""A training step in PyTorch for any network, a few sequences at a time, so that what autograd keeps is bounded."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from nasamp.architecture import Architecture, kept_per_sample
from nasamp.models.eager import eager
from nasamp.step_memory import KEPT_BYTES, MICRO_BATCH_SAMPLES

_AUTOGRAD = 3  # times as much as a step has to keep: autograd keeps each operation's operands


def bounded(architecture: Architecture, weights: Sequence[Tensor], x: Tensor, skip: int = 0) -> Tensor:
    """Return the output without its first ``skip`` samples; differentiable once, with respect to weights.

    Autograd's graph is kept for as many sequences as fit into ``KEPT_BYTES``; the others are computed again.

    Args:
        architecture: any.
        weights: in the order of the walk.
        x: shape (batch, 1, samples).
        skip: samples at the start that are left out.
    """
    return _Step.apply(architecture, skip, x, *weights)  # type: ignore[no-any-return, no-untyped-call]


class _Step(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, architecture: Architecture, skip: int, x: Tensor, *weights: Tensor) -> Tensor:
        ctx.architecture, ctx.skip = architecture, skip
        ctx.save_for_backward(x, *weights)
        ctx.leaves = [weight.detach().requires_grad_() for weight in weights]
        ctx.sequences = max(1, MICRO_BATCH_SAMPLES // x.shape[-1])
        of_batch = _AUTOGRAD * kept_per_sample(architecture) * x.element_size() * x.shape[-1] * ctx.sequences
        ctx.kept, outputs = [], []
        for batch in torch.split(x, ctx.sequences):
            is_kept = (len(ctx.kept) + 1) * of_batch <= KEPT_BYTES
            with torch.set_grad_enabled(is_kept):
                output = eager(architecture, ctx.leaves, batch, skip)
            ctx.kept.append(output if is_kept else None)
            outputs.append(output.detach())
        return torch.cat(outputs)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy: Tensor) -> Any:
        x, *weights = ctx.saved_tensors  # raises where a weight was modified since
        gradients = [torch.zeros_like(weight) for weight in weights]
        for batch, part, kept in zip(*(torch.split(each, ctx.sequences) for each in (x, dy)), ctx.kept, strict=True):
            with torch.enable_grad():
                output = eager(ctx.architecture, ctx.leaves, batch, ctx.skip) if kept is None else kept
            found = torch.autograd.grad(output, ctx.leaves, part, allow_unused=True)  # as the last residual is
            for gradient, own in zip(gradients, found, strict=True):
                if own is not None:
                    gradient.add_(own)
        return None, None, None, *gradients
