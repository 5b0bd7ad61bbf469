"""The same network block by block, with its memory kept between blocks, as a plugin runs it."""

import torch
from torch import Tensor

from nasamp.models.wavenet import WaveNet


class Stream:
    """A causal network that is fed block after block; it starts after silence, as ``forward`` does."""

    def __init__(self, net: WaveNet) -> None:
        """Take the network; raises ValueError for one that looks ahead."""
        if not net.causal:
            raise ValueError("a network that is not causal cannot be streamed")
        self._net = net
        self._memories = [torch.zeros(1, net.channels, (net.kernel_size - 1) * dilation) for dilation in net.dilations]

    @torch.inference_mode()
    def process(self, block: Tensor) -> Tensor:
        """Return the output of the next block, shape (1, 1, samples) as the input; any length."""
        x = self._net.input_conv(block)
        for i, conv in enumerate(self._net.blocks):
            seen = torch.cat([self._memories[i], x], dim=-1)
            self._memories[i] = seen[..., x.shape[-1] :]
            x = x + torch.tanh(conv(seen))
        return self._net.output_conv(x)  # type: ignore[no-any-return]
