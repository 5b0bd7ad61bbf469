"""The network that nasamp searches: a module that is built from its architecture."""

from functools import cached_property
from typing import Any

from torch import Tensor, nn

from nasamp.architecture import Architecture, convolutions, counts
from nasamp.models.implementation import Implementation, chosen
from nasamp.models.layer import padding


class WaveNet(nn.Module):
    """A network of dilated convolutions, see ``nasamp.architecture``.

    A causal one has no delay: sample n depends on the ``receptive_field`` samples up to and including n.
    Any other looks ahead by half of it.
    """

    def __init__(self, architecture: Architecture, *, implementation: Implementation = "torch") -> None:
        """Build the network with PyTorch's initial weights.

        Args:
            architecture: what it is made of.
            implementation: what computes a training step on a CPU.
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
        """How many input samples one output sample depends on."""
        return int(counts(self.architecture).receptive_field)

    @cached_property
    def context(self) -> tuple[int, int]:
        """How many samples before and after a sample its output depends on."""
        if self.causal:
            return self.receptive_field - 1, 0
        paddings = [padding(each, causal=False) for each in self.architecture.arrays[0].layers]
        return sum(left for left, _ in paddings), sum(right for _, right in paddings)

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
        compute = chosen(self.architecture, self.weights, x, skip, self.implementation)
        return compute(self.architecture, self.weights, x, skip)


def ours(net: nn.Module) -> WaveNet | None:
    """Return a network if it is nasamp's own, None for a user's module; ``Model.is_ours`` says the same of a config."""
    return net if isinstance(net, WaveNet) else None


def hidden(net: nn.Module) -> list[Tensor]:
    """Return the weights of a network's hidden convolutions; of a module of the user's own all that it has."""
    if (own := ours(net)) is None:
        return list(net.parameters())
    walk = zip(convolutions(own.architecture), own._convolutions, strict=True)
    return [module.weight for each, module in walk if each.role == "hidden"]


def in_context(net: Any, x: Tensor) -> Tensor:
    """Return the output for the middle of ``x``, which brings ``net.context`` samples on both sides.

    Args:
        net: a ``WaveNet``, or a module of the user's own with that attribute.
        x: shape (batch, 1, left + samples + right).

    Returns:
        Shape (batch, 1, samples), free of the zeros at the borders.
    """
    left, right = net.context
    y: Tensor = net(x, left) if ours(net) else net(x)[..., left:]
    return y[..., : x.shape[-1] - left - right]


def _place(module: nn.Module, path: list[str], part: nn.Module) -> None:
    """Register a part under its dotted name; a number is a place in a list."""
    *folders, name = path
    for folder in folders:
        if folder not in module._modules:
            module.add_module(folder, nn.ModuleList())
        module = module.get_submodule(folder)
    module.add_module(name, part)
