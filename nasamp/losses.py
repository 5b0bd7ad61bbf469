"""What training can make small: functions of (prediction, target), each pooled over the batch."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

Loss = Callable[[Tensor, Tensor], Tensor]


def esr(prediction: Tensor, target: Tensor) -> Tensor:
    """Return the error-to-signal ratio of the whole batch (Wright et al. 2020, eq. 10); shapes (clips, samples)."""
    return (prediction - target).square().mean() / (target.square().mean() + 1e-8)


def spectral(prediction: Tensor, target: Tensor, *, fft_sizes: Sequence[int]) -> Tensor:
    """Return the mean difference of magnitudes plus that of their logarithms, mean over window sizes.

    Args:
        prediction: shape (clips, samples), at least half the largest window.
        target: the same shape.
        fft_sizes: Hann windows in samples, each moved by a quarter.
    """
    sizes = [_magnitude_difference(prediction, target, size) for size in fft_sizes]
    return torch.stack(sizes).mean()


def pre_emphasis(prediction: Tensor, target: Tensor, *, coefficient: float) -> Tensor:
    """Return the mean squared error after ``1 - coefficient z^-1``; shapes (clips, samples)."""
    error = prediction - target
    return (error[..., 1:] - coefficient * error[..., :-1]).square().mean()


def weighted_sum(terms: Mapping[str, tuple[float, Loss]]) -> Loss:
    """Return the loss that adds up its terms, each times its weight."""

    def loss(prediction: Tensor, target: Tensor) -> Tensor:
        return torch.stack([weight * term(prediction, target) for weight, term in terms.values()]).sum()

    return loss


def _magnitude_difference(prediction: Tensor, target: Tensor, size: int) -> Tensor:
    window = torch.hann_window(size, device=target.device)
    ours, theirs = (
        torch.stft(signal, size, hop_length=size // 4, window=window, return_complex=True).abs()
        for signal in (prediction, target)
    )
    logarithms = (ours + 1e-7).log() - (theirs + 1e-7).log()
    return (ours - theirs).abs().mean() + logarithms.abs().mean()
