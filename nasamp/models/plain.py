"""The forward pass in PyTorch's own operations: what the faster ones must agree with."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

if TYPE_CHECKING:
    from nasamp.models.wavenet import WaveNet


def plain(net: "WaveNet", x: Tensor, skip: int = 0) -> Tensor:
    """Return the output without its first ``skip`` samples, for any device, type and derivative."""
    x = net.input_conv(x)
    for conv, dilation in zip(net.blocks, net.dilations, strict=True):
        x = x + torch.tanh(conv(functional.pad(x, net.padding(dilation))))
    return net.output_conv(x)[..., skip:]  # type: ignore[no-any-return]
