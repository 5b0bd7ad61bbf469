"""The same network block by block, with its memory kept between blocks, as a plugin runs it."""

import torch
from torch import Tensor
from torch.nn import functional

from nasamp.models.layer import by_array, layer
from nasamp.models.network import WaveNet


class Stream:
    """A causal network that is fed block after block.

    It starts after endless silence, as plugins do and as a recording begins in training; ``forward`` alone
    starts with zeros before every layer, which differs in the first ``receptive_field`` samples.
    """

    def __init__(self, net: WaveNet) -> None:
        """Take the network; raises ValueError for one that looks ahead."""
        if not net.causal:
            raise ValueError("a network that is not causal cannot be streamed")
        self._arrays = list(zip(net.architecture.arrays, by_array(net.architecture, net.weights), strict=True))
        self._scale, self._memories = net.architecture.head_scale, list[Tensor]()
        self._memories = settled(net)

    @torch.inference_mode()
    def process(self, block: Tensor) -> Tensor:
        """Return the output of the next block, shape (1, 1, samples) as the input; any length."""
        memories = iter(range(len(self._memories)))
        h, output = block, block
        for place, (array, weights) in enumerate(self._arrays):
            h = functional.conv1d(h, *weights.input)
            skip_sum = [h] * array.head_takes_input + [output] * bool(place)
            for form, own in zip(array.layers, weights.layers, strict=True):
                h, z = layer(form, own, self._seen(next(memories), h), block)
                skip_sum.append(z)
            output = functional.conv1d(self._seen(next(memories), sum(skip_sum, torch.zeros(()))), *weights.head)
        return output * self._scale

    def _seen(self, i: int, signal: Tensor) -> Tensor:
        """Return a convolution's input with its past before it, and keep the last of it for the next block."""
        seen = torch.cat([self._memories[i], signal], dim=-1)
        self._memories[i] = seen[..., signal.shape[-1] :]
        return seen


@torch.inference_mode()
def settled(net: WaveNet) -> list[Tensor]:
    """Return what each layer, and each array's head, remembers after endless silence.

    Silence makes every signal constant, so nothing has to be played. Shapes (1, inputs, (kernel_size - 1) * dilation),
    in the order of the walk.
    """
    memories = []
    h = output = silence = torch.zeros(1, 1, 1)
    arrays = zip(net.architecture.arrays, by_array(net.architecture, net.weights), strict=True)
    for place, (array, weights) in enumerate(arrays):
        h = functional.conv1d(h, *weights.input)
        skip_sum = [h] * array.head_takes_input + [output] * bool(place)
        for form, own in zip(array.layers, weights.layers, strict=True):
            seen = h.repeat(1, 1, (form.kernel_size - 1) * form.dilation + 1)
            memories.append(seen[..., 1:].clone())
            h, z = layer(form, own, seen, silence)
            skip_sum.append(z)
        seen = sum(skip_sum, torch.zeros(())).repeat(1, 1, array.head.kernel_size)
        memories.append(seen[..., 1:].clone())
        output = functional.conv1d(seen, *weights.head)
    return memories
