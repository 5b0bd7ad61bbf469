"""The same network block by block, with its memory kept between blocks, as a plugin runs it."""

import torch
from torch import Tensor
from torch.nn import functional

from nasamp.models.wavenet import WaveNet


class Stream:
    """A causal network that is fed block after block.

    It starts after endless silence, as plugins do and as a recording begins in training; ``forward`` alone
    starts with zeros before every layer, which differs in the first ``receptive_field`` samples.
    """

    def __init__(self, net: WaveNet) -> None:
        """Take the network; raises ValueError for one that looks ahead."""
        if not net.causal:
            raise ValueError("a network that is not causal cannot be streamed")
        self._net, self._memories = net, settled(net)

    @torch.inference_mode()
    def process(self, block: Tensor) -> Tensor:
        """Return the output of the next block, shape (1, 1, samples) as the input; any length."""
        x = self._net.input_conv(block)
        for i, conv in enumerate(self._net.blocks):
            seen = torch.cat([self._memories[i], x], dim=-1)
            self._memories[i] = seen[..., x.shape[-1] :]
            x = x + torch.tanh(conv(seen))
        return self._net.output_conv(x)  # type: ignore[no-any-return]


@torch.inference_mode()
def settled(net: WaveNet) -> list[Tensor]:
    """Return what each block remembers after endless silence, shape (1, channels, (kernel_size - 1) * dilation).

    Silence makes every layer constant, so nothing has to be played.
    """
    memories = []
    x = net.input_conv(torch.zeros(1, 1, 1))
    for conv, dilation in zip(net.blocks, net.dilations, strict=True):
        memories.append(x.repeat(1, 1, (net.kernel_size - 1) * dilation))
        weight: Tensor = conv.weight.sum(dim=-1, keepdim=True)  # type: ignore[operator]
        x = x + torch.tanh(functional.conv1d(x, weight, conv.bias))  # type: ignore[arg-type]
    return memories
