"""Muon for the convolutions with Adam for the rest, over few large tensors, and how their rates change."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.adam import adam

_NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)  # Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/
_NEWTON_SCHULZ_STEPS = 5


class Flat:
    """All parameters of a network as views of one tensor, so that a step of an optimizer is one update.

    Whoever moves the network to another device breaks the views: make it after that.

    Attributes:
        weights: shape (parameters,).
        matrices: those of the given weights that have several rows and columns, those of one shape stacked:
            (matrices, outputs, inputs).
        rest: all others, shape (rest,).
    """

    def __init__(self, net: nn.Module, matrices: Iterable[Tensor]) -> None:
        """Take the network over: its parameters and their gradients become views."""
        shaped: dict[tuple[int, int], list[nn.Parameter]] = {}
        others: list[nn.Parameter] = []
        wanted = {id(weight) for weight in matrices}
        for parameter in net.parameters():
            rows = parameter.shape[0] if parameter.dim() > 1 else 1
            columns = parameter.numel() // rows
            is_matrix = id(parameter) in wanted and min(rows, columns) > 1
            (shaped.setdefault((rows, columns), []) if is_matrix else others).append(parameter)
        groups = [*shaped.values(), others]
        joined = [parameter for group in groups for parameter in group]
        self.weights = torch.cat([parameter.detach().flatten() for parameter in joined])
        self._gradient = torch.zeros_like(self.weights)
        self._gradients: list[tuple[nn.Parameter, Tensor]] = []
        place, ends = 0, [0]
        for group in groups:
            for parameter in group:
                here = slice(place, place := place + parameter.numel())
                parameter.data = self.weights[here].view_as(parameter)
                self._gradients.append((parameter, self._gradient[here].view_as(parameter)))
            ends.append(place)
        shapes = [(len(group), *shape) for shape, group in shaped.items()]
        *self.matrices, self.rest = (
            self._part(slice(start, end), shape)
            for start, end, shape in zip(ends, ends[1:], [*shapes, (ends[-1] - ends[-2],)], strict=False)
        )

    @property
    def parameters(self) -> list[nn.Parameter]:
        """What an optimizer takes."""
        return [*self.matrices, self.rest]

    def zero_grad(self) -> None:
        """Set the gradient to zero in its place, where the network's next gradient is then added."""
        self._gradient.zero_()
        for parameter, gradient in self._gradients:
            parameter.grad = gradient  # Lightning sets it to None before the first step

    def _part(self, here: slice, shape: tuple[int, ...]) -> nn.Parameter:
        part = nn.Parameter(self.weights[here].view(shape))
        part.grad = self._gradient[here].view(shape)
        return part


class Average:
    """The exponential average of the weights, which starts with what it is given."""

    def __init__(self, weights: Tensor, keep: float) -> None:
        """Take the weights, shape (parameters,), and the share that the average keeps in a step; 0 = no average."""
        self._weights, self._keep = weights, keep
        self._other = weights.clone() if keep else None  # the average; while swapped, the trained weights
        self._is_swapped = False

    def update(self, steps: int) -> None:
        """Take the weights in after so many steps; early on the average forgets faster."""
        if self._other is not None:
            self._other.lerp_(self._weights, 1 - min(self._keep, steps / (steps + 10)))

    def swap(self) -> None:
        """Exchange the weights with their average."""
        if self._other is not None:
            trained = self._weights.clone()
            self._weights.copy_(self._other)
            self._other.copy_(trained)
            self._is_swapped = not self._is_swapped

    def trained(self) -> Tensor:
        """Return the weights that training goes on from."""
        return self._other if self._other is not None and self._is_swapped else self._weights

    def restore(self, trained: Tensor) -> None:
        """Go on from these weights, where the network holds the average."""
        if self._other is not None:
            self._other.copy_(self._weights)
            self._weights.copy_(trained)


class MuonWithAdam(torch.optim.Optimizer):
    """Muon on stacks of matrices, Adam on the rest.

    The same updates as ``torch.optim.Muon``, which takes one matrix after the other, in bfloat16: 0.9 ms at 5 layers
    of 16 channels against 0.07 ms here, beside a step of 2 ms.
    """

    def __init__(
        self, matrices: list[nn.Parameter], rest: nn.Parameter, *, muon_rate: float, adam_rate: float, momentum: float
    ) -> None:
        """Take stacks of shape (matrices, outputs, inputs), and the learning rate of each rule."""
        muon = {"params": matrices, "lr": muon_rate, "momentum": momentum}
        super().__init__([{"params": [rest], "lr": adam_rate}, *([muon] if matrices else [])], {})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Make one step with the gradients that are there."""
        loss = closure() if closure else None  # Lightning's, which does nothing in manual optimization
        for group in self.param_groups:
            for parameter in group["params"]:
                if "momentum" in group:
                    self._muon(parameter, group)
                else:
                    self._adam(parameter, group)
        return loss

    def _muon(self, stack: Tensor, group: dict[str, Any]) -> None:
        state = self.state[stack]
        if not state:
            state["momentum"] = torch.zeros_like(stack)
        assert stack.grad is not None  # noqa: S101 - Flat made it
        memory: Tensor = state["momentum"].mul_(group["momentum"]).add_(stack.grad)
        update = orthogonal(stack.grad.add(memory, alpha=group["momentum"]))
        rows, columns = stack.shape[1:]
        stack.sub_(update, alpha=group["lr"] * max(1.0, rows / columns) ** 0.5)

    def _adam(self, parameter: Tensor, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        if not state:
            zeros = torch.zeros_like(parameter)
            state |= {"mean": zeros, "square": zeros.clone(), "step": zeros.new_zeros(())}
        assert parameter.grad is not None  # noqa: S101 - Flat made it
        adam(
            [parameter],
            [parameter.grad],
            [state["mean"]],
            [state["square"]],
            [],
            [state["step"]],
            fused=True,
            amsgrad=False,
            beta1=0.9,
            beta2=0.999,
            lr=group["lr"],
            weight_decay=0.0,
            eps=1e-8,
            maximize=False,
        )


def orthogonal(stack: Tensor) -> Tensor:
    """Return matrices with singular values near 1 and the singular vectors of the given ones (Newton-Schulz).

    Args:
        stack: shape (matrices, rows, columns).
    """
    if stack.shape[1] > stack.shape[2]:
        return orthogonal(stack.mT).mT
    a, b, c = _NEWTON_SCHULZ
    x: Tensor = stack / stack.norm(dim=(1, 2), keepdim=True).clamp(min=1e-7)
    for _ in range(_NEWTON_SCHULZ_STEPS):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x


def warmup_stable_decay(step: int, *, steps: int, warmup: int, decay: int) -> float:
    """Return the share of the learning rate for a step, counted from 0: up, level, and down to zero in a line.

    >>> [warmup_stable_decay(step, steps=8, warmup=2, decay=4) for step in range(8)]
    [0.5, 1.0, 1.0, 1.0, 1.0, 0.75, 0.5, 0.25]
    """
    rising = (step + 1) / warmup if warmup else 1.0
    falling = (steps - step) / decay if decay else 1.0
    return max(0.0, min(1.0, rising, falling))
