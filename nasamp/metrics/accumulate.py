"""Metrics that are updated piece by piece; the result does not depend on how the signal is cut."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torchmetrics import Metric

from nasamp.metrics.error import energies, ratio

Function = Callable[[Tensor, Tensor], float]  # of prediction and target, each (samples,)


class PooledEsr(Metric):
    """Error-to-signal ratio over all updates: the sum of squared errors over the target's sum of squares.

    NaN where the target is silent throughout. Its state is two numbers.
    """

    higher_is_better = False
    is_differentiable = False
    full_state_update = False
    error: Tensor
    energy: Tensor

    def __init__(self, **settings: Any) -> None:
        """Start empty; ``settings`` are those of ``torchmetrics.Metric``."""
        super().__init__(**settings)
        for state in ("error", "energy"):
            self.add_state(state, default=torch.zeros((), dtype=torch.float64), dist_reduce_fx="sum")

    def update(self, prediction: Tensor, target: Tensor) -> None:
        """Add a piece, of any shape, the same for both."""
        error, energy = energies(prediction, target)
        self.error += error
        self.energy += energy

    def compute(self) -> Tensor:
        """Return the ratio."""
        return torch.tensor(ratio(self.error, self.energy), dtype=torch.float64)


class WholeSignal(Metric):
    """A function of the whole signal, concatenated from its pieces, for filters and windows that cross their borders.

    In a MetricCollection all of these share one copy of the pieces.
    """

    is_differentiable = False
    full_state_update = False
    predictions: list[Tensor]
    targets: list[Tensor]

    def __init__(self, function: Function, **settings: Any) -> None:
        """Start empty; ``function`` maps prediction and target to a number."""
        super().__init__(**settings)
        self._function = function
        for state in ("predictions", "targets"):
            self.add_state(state, default=[], dist_reduce_fx="cat")

    def update(self, prediction: Tensor, target: Tensor) -> None:
        """Add the next piece, of any shape, the same for both; rows follow one another."""
        self.predictions.append(prediction.detach().flatten())
        self.targets.append(target.detach().flatten())

    def compute(self) -> Tensor:
        """Return the function of the concatenated signals."""
        number = self._function(torch.cat(self.predictions), torch.cat(self.targets))
        return torch.tensor(number, dtype=torch.float64)
