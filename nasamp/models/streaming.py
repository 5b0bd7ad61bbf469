"""Computes a network block by block with its state kept between blocks, as a plugin does."""

import torch
from torch import Tensor

from nasamp.models.layer import by_array, network_output
from nasamp.models.network import WaveNet


class Stream:
    """A causal network that processes one block after the other.

    It starts in the state after infinite silence, as plugins do and as in training. ``WaveNet.forward`` pads the input
    of each layer with zeros instead, so its first ``receptive_field`` samples differ.
    """

    def __init__(self, net: WaveNet) -> None:
        """Start a stream; raises ValueError for a network that is not causal."""
        if not net.causal:
            raise ValueError("a network that is not causal cannot be streamed")
        self._architecture, self._arrays = net.architecture, by_array(net.architecture, net.weights)
        self._memories = settled(net)

    @torch.inference_mode()
    def process(self, block: Tensor) -> Tensor:
        """Return the output of the next block, shape (1, 1, samples) as the input; any length."""
        places = iter(range(len(self._memories)))

        def with_past(signal: Tensor, past: int, ahead: int) -> Tensor:
            """Return a signal with the samples before it, and keep the last ones for the next block."""
            place = next(places)
            extended = torch.cat([self._memories[place], signal], dim=-1)
            self._memories[place] = extended[..., signal.shape[-1] :]
            return extended

        return network_output(self._architecture, self._arrays, block, with_past)


@torch.inference_mode()
def settled(net: WaveNet) -> list[Tensor]:
    """Return the state after infinite silence: the past input of each layer and of each array's head.

    Then every signal is constant, so one sample of each is enough. Shapes (1, inputs, (kernel_size - 1) * dilation), in
    the order of the walk.
    """
    memories = []

    def with_silence(signal: Tensor, past: int, ahead: int) -> Tensor:
        memories.append(signal.repeat(1, 1, past))
        return signal.repeat(1, 1, past + 1)

    arrays = by_array(net.architecture, net.weights)
    network_output(net.architecture, arrays, torch.zeros(1, 1, 1), with_silence)
    return memories
