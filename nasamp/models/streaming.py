"""The same network block by block, with its memory kept between blocks, as a plugin runs it."""

import torch
from torch import Tensor

from nasamp.models.layer import by_array, network_output
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
        self._architecture, self._arrays = net.architecture, by_array(net.architecture, net.weights)
        self._memories = settled(net)

    @torch.inference_mode()
    def process(self, block: Tensor) -> Tensor:
        """Return the output of the next block, shape (1, 1, samples) as the input; any length."""
        places = iter(range(len(self._memories)))

        def with_past(signal: Tensor, past: int, ahead: int) -> Tensor:
            """Return a signal with what came before it, and keep its end for the next block."""
            place = next(places)
            extended = torch.cat([self._memories[place], signal], dim=-1)
            self._memories[place] = extended[..., signal.shape[-1] :]
            return extended

        return network_output(self._architecture, self._arrays, block, with_past)


@torch.inference_mode()
def settled(net: WaveNet) -> list[Tensor]:
    """Return what each layer, and each array's head, remembers after endless silence.

    Silence makes every signal constant, so one sample of each is enough. Shapes (1, inputs, (kernel_size - 1) *
    dilation), in the order of the walk.
    """
    memories = []

    def with_silence(signal: Tensor, past: int, ahead: int) -> Tensor:
        memories.append(signal.repeat(1, 1, past))
        return signal.repeat(1, 1, past + 1)

    arrays = by_array(net.architecture, net.weights)
    network_output(net.architecture, arrays, torch.zeros(1, 1, 1), with_silence)
    return memories
