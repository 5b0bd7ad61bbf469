"""Chooses what computes a network: the compiled step, or PyTorch. The results agree, the speeds differ."""

import logging
from collections.abc import Callable, Sequence
from functools import cache
from typing import Literal

import torch
from torch import Tensor

from nasamp.architecture import Architecture
from nasamp.models.bounded import bounded
from nasamp.models.eager import eager
from nasamp.models.fused import NoLibrary, fused, unsupported
from nasamp.models.fused.library import DTYPES, loaded
from nasamp.models.micro_batches import micro_batched

Implementation = Literal["auto", "fused", "torch"]
Compute = Callable[[Architecture, Sequence[Tensor], Tensor, int], Tensor]  # the int: samples to leave out at the start

log = logging.getLogger(__name__)


def chosen(
    architecture: Architecture, weights: Sequence[Tensor], x: Tensor, skip: int, wanted: Implementation
) -> Compute:
    """Return the function that computes a network with these weights on this input.

    With ``auto`` it is the compiled step for float32 on a CPU; where that cannot be compiled it is PyTorch, and one
    warning is logged. PyTorch also computes what the compiled step does not support, which is logged once, by name.

    Raises:
        NoLibrary: if ``fused`` is wanted and cannot be compiled.
    """
    if not _is_for_the_cpu(weights[0], x, skip):
        return eager
    reason = "" if wanted == "torch" else unsupported(architecture)
    if reason:
        _say(reason)
    elif wanted == "fused":
        loaded()
        return fused
    elif wanted == "auto" and x.dtype == torch.float32 and _can_be_compiled():
        return fused
    is_training = torch.is_grad_enabled() and not x.requires_grad
    if not is_training:
        return eager
    return micro_batched if architecture.is_tanh_stack else bounded


def _is_for_the_cpu(weight: Tensor, x: Tensor, skip: int) -> bool:
    """Return whether the input is an ordinary batch on the CPU, in full precision; anything else is left to PyTorch."""
    is_usual = x.dim() == 3 and x.shape[0] > 0 and x.shape[1] == 1 and x.shape[2] > skip
    is_here = x.device.type == "cpu" and x.dtype in DTYPES and x.dtype == weight.dtype
    return is_usual and is_here and not torch.is_autocast_enabled("cpu")


@cache
def _say(reason: str) -> None:
    log.info("the compiled step has no %s; PyTorch computes this network, which takes several times as long", reason)


@cache
def _can_be_compiled() -> bool:
    try:
        loaded()
    except NoLibrary as reason:
        log.warning("%s; until then training uses PyTorch's operations, which takes several times as long", reason)
        return False
    return True
