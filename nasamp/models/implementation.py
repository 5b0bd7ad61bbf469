"""Which way a network's output is computed; the mathematics is the same, the speed is not."""

import logging
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from nasamp.models.fused import NoLibrary, fused
from nasamp.models.fused.library import DTYPES, loaded
from nasamp.models.micro_batches import micro_batched
from nasamp.models.plain import plain

if TYPE_CHECKING:
    from nasamp.models.wavenet import WaveNet

Implementation = Literal["auto", "fused", "torch"]
Compute = Callable[["WaveNet", Tensor, int], Tensor]  # network, input, samples at the start that are left out

log = logging.getLogger(__name__)


def chosen(net: "WaveNet", x: Tensor, skip: int) -> Compute:
    """Return what computes the network on this input, by its attribute ``implementation``.

    ``auto`` is the compiled step for float32 on a CPU where it can be had, else PyTorch, which is said once.

    Raises:
        NoLibrary: where ``fused`` is asked for and cannot be compiled.
    """
    if not _is_for_the_cpu(net, x, skip):
        return plain
    if net.causal and net.implementation == "fused":
        loaded()
        return fused
    if net.causal and net.implementation == "auto" and x.dtype == torch.float32 and _can_be_compiled():
        return fused
    is_training = torch.is_grad_enabled() and not x.requires_grad
    return micro_batched if is_training else plain


def _is_for_the_cpu(net: "WaveNet", x: Tensor, skip: int) -> bool:
    """Return whether it is a batch in memory, in full precision; on other devices PyTorch knows best."""
    is_usual = x.dim() == 3 and x.shape[0] > 0 and x.shape[1] == 1 and x.shape[2] > skip
    is_here = x.device.type == "cpu" and x.dtype in DTYPES and x.dtype == net.input_conv.weight.dtype
    return is_usual and is_here and not torch.is_autocast_enabled("cpu")


@cache
def _can_be_compiled() -> bool:
    try:
        loaded()
    except NoLibrary as reason:
        log.warning("%s; until then training takes PyTorch's operations and several times as long", reason)
        return False
    return True
