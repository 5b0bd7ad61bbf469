"""How close a model comes, in numbers that depend on neither batches nor segments."""

import warnings
from math import log10, nan
from typing import Any

import torch
from torch import Tensor
from torchmetrics import Metric


class PooledEsr(Metric):
    """Error-to-signal ratio of all that was seen: the sum of squared errors over the sum of squares.

    Silence adds nothing; where all was silent the ratio is NaN.
    """

    higher_is_better = False
    is_differentiable = False
    full_state_update = False
    error: Tensor
    energy: Tensor

    def __init__(self, **settings: Any) -> None:
        """Start with nothing seen."""
        super().__init__(**settings)
        for state in ("error", "energy"):
            self.add_state(state, default=torch.zeros((), dtype=torch.float64), dist_reduce_fx="sum")

    def update(self, prediction: Tensor, target: Tensor) -> None:
        """Add signals of any shape, the same for both."""
        self.error += (prediction - target).double().square().sum()
        self.energy += target.double().square().sum()

    def compute(self) -> Tensor:
        """Return the ratio."""
        return self.error / self.energy


def decibels(ratio: float) -> float:
    """Return a ratio of energies in dB; NaN for NaN or less than zero.

    >>> decibels(0.01)
    -20.0
    """
    return 10 * log10(max(ratio, 1e-30)) if ratio >= 0 else nan


def mrstft(prediction: Tensor, target: Tensor) -> float:
    """Return auraloss' multi-resolution STFT distance of two signals, shape (samples,); lower is better.

    NaN where the signals are shorter than its largest window, 2048 samples, or the target is silent.
    """
    from auraloss.freq import MultiResolutionSTFTLoss  # type: ignore[import-untyped]

    if len(target) < 2048 or not target.any():
        return nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        distance = MultiResolutionSTFTLoss()(
            prediction[None, None], target[None, None]
        )  # swapped, it is another number
    return float(distance)
