"""Muon for matrices between channels, Adam for the rest, on a few large tensors; weight averaging; rate schedule."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.adam import adam

_NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)  # Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/
_NEWTON_SCHULZ_STEPS = 5


class Flat:
    """All parameters of a network as views of one tensor, so that an optimizer step is one update.

    Moving the network to another device breaks the views, so make it afterwards.

    Attributes:
        weights: shape (parameters,).
        matrices: the given weights that have several rows and columns; those of one shape are stacked as
            (matrices, outputs, inputs).
        rest: all other parameters, shape (rest,).
    """

    def __init__(self, net: nn.Module, matrices: Iterable[Tensor]) -> None:
        """Turn the network's parameters and their gradients into views."""
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
        """The tensors that an optimizer updates."""
        return [*self.matrices, self.rest]

    def zero_grad(self) -> None:
        """Set all gradients to zero in place, so that backward() adds to the flat tensor."""
        self._gradient.zero_()
        for parameter, gradient in self._gradients:
            parameter.grad = gradient  # Lightning sets it to None before the first step

    def _part(self, here: slice, shape: tuple[int, ...]) -> nn.Parameter:
        part = nn.Parameter(self.weights[here].view(shape))
        part.grad = self._gradient[here].view(shape)
        return part


class Average:
    """The exponential moving average of the weights, which starts at the given weights."""

    def __init__(self, weights: Tensor, keep: float) -> None:
        """Take the weights, shape (parameters,), and the decay of the average per step; 0 = no average."""
        self._weights, self._keep = weights, keep
        self._other = weights.clone() if keep else None  # the average; while swapped, the trained weights
        self._is_swapped = False

    def update(self, steps: int) -> None:
        """Update the average after this many steps in total; at first it decays faster."""
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
        """Return the weights that training continues from, not their average."""
        return self._other if self._other is not None and self._is_swapped else self._weights

    def restore(self, trained: Tensor) -> None:
        """Continue training from these weights, while the network holds the average."""
        if self._other is not None:
            self._other.copy_(self._weights)
            self._weights.copy_(trained)


class MuonWithAdam(torch.optim.Optimizer):
    """Muon on stacks of matrices, Adam on the rest.

    Computes the updates of ``torch.optim.Muon`` for all matrices of a stack at once, and in float32: at 5 layers of 16
    channels 0.07 ms instead of 0.9 ms, while the rest of a training step takes 2 ms.
    """

    def __init__(
        self, matrices: list[nn.Parameter], rest: nn.Parameter, *, muon_rate: float, adam_rate: float, momentum: float
    ) -> None:
        """Take stacks of shape (matrices, outputs, inputs), and the learning rate of each rule."""
        muon = {"params": matrices, "lr": muon_rate, "momentum": momentum}
        super().__init__([{"params": [rest], "lr": adam_rate}, *([muon] if matrices else [])], {})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Make one step with the current gradients."""
        loss = closure() if closure else None  # from Lightning; does nothing in manual optimization
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
        assert stack.grad is not None  # noqa: S101 - set by Flat
        memory: Tensor = state["momentum"].mul_(group["momentum"]).add_(stack.grad)
        update = orthogonal(stack.grad.add(memory, alpha=group["momentum"]))
        rows, columns = stack.shape[1:]
        stack.sub_(update, alpha=group["lr"] * max(1.0, rows / columns) ** 0.5)

    def _adam(self, parameter: Tensor, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        if not state:
            zeros = torch.zeros_like(parameter)
            state |= {"mean": zeros, "square": zeros.clone(), "step": zeros.new_zeros(())}
        assert parameter.grad is not None  # noqa: S101 - set by Flat
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
    """Return the given matrices with all singular values brought near 1, by Newton-Schulz iterations.

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
    """Return the factor of the learning rate for a step, counted from 0: linear warmup, constant, linear decay to 0.

    >>> [warmup_stable_decay(step, steps=8, warmup=2, decay=4) for step in range(8)]
    [0.5, 1.0, 1.0, 1.0, 1.0, 0.75, 0.5, 0.25]
    """
    rising = (step + 1) / warmup if warmup else 1.0
    falling = (steps - step) / decay if decay else 1.0
    return max(0.0, min(1.0, rising, falling))
