"""The forward pass in PyTorch's operations: the reference that faster implementations must agree with."""

from collections.abc import Sequence

from torch import Tensor
from torch.nn import functional

from nasamp.architecture import Architecture
from nasamp.models.layer import by_array, network_output


def eager(architecture: Architecture, weights: Sequence[Tensor], x: Tensor, skip: int = 0) -> Tensor:
    """Return the output without its first ``skip`` samples, for any device, type and derivative.

    Args:
        weights: in the order of the walk.
        x: shape (batch, 1, samples); the input of each layer is padded with zeros.
        skip: samples at the start to leave out.
    """
    return network_output(architecture, by_array(architecture, weights), x, _with_zeros)[..., skip:]


def _with_zeros(signal: Tensor, past: int, ahead: int) -> Tensor:
    return functional.pad(signal, (past, ahead))
