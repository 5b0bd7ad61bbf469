"""The network that nasamp trains, a torch.nn.Module built from its architecture."""

from functools import cached_property
from typing import Any

from torch import Tensor, nn

from nasamp.architecture import Architecture, convolutions, counts
from nasamp.models.implementation import Implementation, chosen
from nasamp.models.layer import padding


class WaveNet(nn.Module):
    """A network of dilated convolutions, see ``nasamp.architecture``.

    A causal network has no delay: output sample n depends on the ``receptive_field`` input samples up to and including
    n. A non-causal one looks ahead by half of them.
    """

    def __init__(self, architecture: Architecture, *, implementation: Implementation = "torch") -> None:
        """Build the network with PyTorch's initial weights.

        Args:
            implementation: what computes training steps on a CPU, see ``implementation.chosen``.
        """
        super().__init__()
        self.architecture, self.implementation = architecture, implementation
        made = []
        for each in convolutions(architecture):
            groups = each.inputs if each.is_depthwise else 1
            module = nn.Conv1d(
                each.inputs, each.outputs, each.kernel_size, dilation=each.dilation, groups=groups, bias=each.bias
            )
            _place(self, each.name.split("."), module)
            made.append(module)
        self._convolutions = tuple(made)  # in the order of the walk

    @property
    def weights(self) -> list[Tensor]:
        """Weight and bias of each convolution, in the order of the walk over the architecture."""
        pairs = [(each.weight, each.bias) for each in self._convolutions]
        return [weight for pair in pairs for weight in pair if weight is not None]

    @property
    def causal(self) -> bool:
        """Whether no output depends on later input."""
        return self.architecture.causal

    @cached_property
    def receptive_field(self) -> int:
        """The number of input samples that one output sample depends on."""
        return int(counts(self.architecture).receptive_field)

    @cached_property
    def context(self) -> tuple[int, int]:
        """How many input samples before and after sample n output sample n depends on."""
        if self.causal:
            return self.receptive_field - 1, 0
        paddings = [padding(each, causal=False) for each in self.architecture.arrays[0].layers]
        return sum(left for left, _ in paddings), sum(right for _, right in paddings)

    def zero_head(self) -> None:
        """Set the last convolution to zero, so that the output is silence until it is trained."""
        last = self._convolutions[-1]
        for weight in last.parameters():
            nn.init.zeros_(weight)

    def forward(self, x: Tensor, skip: int = 0) -> Tensor:
        """Return the predicted output of the amp.

        The input is taken to be zero outside of ``x``. For an exact result pass ``context`` more samples on both sides
        and drop them from the result, as ``in_context`` does.

        Args:
            x: shape (batch, 1, samples).
            skip: samples at the start to leave out; they are not computed where possible.

        Returns:
            Shape (batch, 1, samples - skip).
        """
        compute = chosen(self.architecture, self.weights, x, skip, self.implementation)
        return compute(self.architecture, self.weights, x, skip)


def ours(net: nn.Module) -> WaveNet | None:
    """Return a network if it is nasamp's own, None for a user's module; ``Model.is_ours`` says the same of a config."""
    return net if isinstance(net, WaveNet) else None


def matrices(net: nn.Module) -> list[Tensor]:
    """Return the weights between channels, of hidden convolutions and residuals; all parameters for a user's module."""
    if (own := ours(net)) is None:
        return list(net.parameters())
    walk = zip(convolutions(own.architecture), own._convolutions, strict=True)
    return [module.weight for each, module in walk if each.role in ("hidden", "residual")]


def in_context(net: Any, x: Tensor) -> Tensor:
    """Return the output for ``x`` without the ``net.context`` samples at both ends, which serve as context.

    Args:
        net: a ``WaveNet``, or a user's own module with the attribute ``context``.
        x: shape (batch, 1, left + samples + right).

    Returns:
        Shape (batch, 1, samples); does not depend on zero padding.
    """
    left, right = net.context
    y: Tensor = net(x, left) if ours(net) else net(x)[..., left:]
    return y[..., : x.shape[-1] - left - right]


def _place(module: nn.Module, path: list[str], part: nn.Module) -> None:
    """Register a submodule under its dotted name, whose numbers are indices of module lists."""
    *folders, name = path
    for folder in folders:
        if folder not in module._modules:
            module.add_module(folder, nn.ModuleList())
        module = module.get_submodule(folder)
    module.add_module(name, part)
