"""The WaveNet that nasamp searches."""

from typing import Any

from torch import Tensor, nn

from nasamp import architecture
from nasamp.models.implementation import Implementation, chosen


class WaveNet(nn.Module):
    """A stack of dilated convolutions, ``x + tanh(conv(x))``, between two 1x1 convolutions.

    A causal one has no delay: sample n depends on the ``receptive_field`` samples up to and including n.
    Any other looks ahead by half of it.
    """

    def __init__(
        self,
        *,
        layers: int,
        channels: int,
        kernel_size: int,
        dilation_base: int = 2,
        causal: bool = True,
        implementation: Implementation = "torch",
    ) -> None:
        """Build the network with PyTorch's initial weights; the ranges are those of ``schema.Model``."""
        super().__init__()
        self.implementation = implementation
        self.layers, self.channels, self.kernel_size = layers, channels, kernel_size
        self.dilation_base, self.causal = dilation_base, causal
        self.dilations = tuple(dilation_base**i for i in range(layers))
        self.input_conv = nn.Conv1d(1, channels, 1)
        self.blocks = nn.ModuleList(
            nn.Conv1d(channels, channels, kernel_size, dilation=dilation) for dilation in self.dilations
        )
        self.output_conv = nn.Conv1d(channels, 1, 1)

    @property
    def settings(self) -> dict[str, int | bool]:
        """The arguments that build a network of this shape."""
        names = ("layers", "channels", "kernel_size", "dilation_base", "causal")
        return {name: getattr(self, name) for name in names}

    @property
    def receptive_field(self) -> int:
        """How many input samples one output sample depends on."""
        return int(architecture.counts(self.architecture).receptive_field)

    @property
    def architecture(self) -> architecture.Architecture:
        """Its shape as one value."""
        return architecture.stack(self.layers, self.channels, self.kernel_size, self.dilation_base, causal=self.causal)

    @property
    def context(self) -> tuple[int, int]:
        """How many samples before and after a sample its output depends on."""
        paddings = [self.padding(dilation) for dilation in self.dilations]
        return sum(left for left, _ in paddings), sum(right for _, right in paddings)

    def padding(self, dilation: int) -> tuple[int, int]:
        """Return the zeros that one block needs on both sides to keep the length."""
        memory = (self.kernel_size - 1) * dilation
        return (memory, 0) if self.causal else (memory - memory // 2, memory // 2)

    def forward(self, x: Tensor, skip: int = 0) -> Tensor:
        """Return the amp's output.

        What lies outside the input counts as zeros; who has the true context passes it and drops
        ``context`` samples of the result.

        Args:
            x: shape (batch, 1, samples).
            skip: so many samples at the start are not wanted, and are saved where that is possible.

        Returns:
            Shape (batch, 1, samples - skip).
        """
        return chosen(self, x, skip)(self, x, skip)


def in_context(net: Any, x: Tensor) -> Tensor:
    """Return the output for the middle of ``x``, which brings ``net.context`` samples on both sides.

    Args:
        net: a ``WaveNet``, or a module of the user's own with that attribute.
        x: shape (batch, 1, left + samples + right).

    Returns:
        Shape (batch, 1, samples), free of the zeros at the borders.
    """
    left, right = net.context
    y: Tensor = net(x, left) if isinstance(net, WaveNet) else net(x)[..., left:]
    return y[..., : x.shape[-1] - left - right]
