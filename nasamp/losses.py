"""Loss functions of (prediction, target), each pooled over the batch."""

import functools
import warnings
from collections.abc import Callable, Mapping, Sequence

import torch
from auraloss.freq import MultiResolutionSTFTLoss, STFTLoss  # type: ignore[import-untyped]
from torch import Tensor

from nasamp.errors import ConfigError
from nasamp.schema.training import LONGEST_WINDOW

SILENCE = 1e-6  # mean square, -60 dBFS; below it a relative distance is meaningless, and can be 100,000

Loss = Callable[[Tensor, Tensor], Tensor]


def esr(prediction: Tensor, target: Tensor) -> Tensor:
    """Return the error-to-signal ratio of the whole batch (Wright et al. 2020, eq. 10); shapes (clips, samples).

    Unlike ``nasamp.metrics.error.esr`` it keeps the precision of its arguments, and is finite for a silent target.
    """
    return (prediction - target).square().mean() / (target.square().mean() + 1e-8)


def spectral(prediction: Tensor, target: Tensor, *, fft_sizes: Sequence[int]) -> Tensor:
    """Return the mean absolute difference of STFT magnitudes plus that of log magnitudes, mean over window sizes.

    Args:
        prediction: shape (clips, samples), at least half the largest window.
        target: the same shape.
        fft_sizes: lengths of the Hann windows in samples; the hop is a quarter.
    """
    sizes = [_magnitude_difference(prediction, target, size) for size in fft_sizes]
    return torch.stack(sizes).mean()


def mrstft(prediction: Tensor, target: Tensor, *, pre_emphasis: float = 0.0) -> Tensor:
    """Return auraloss' multi-resolution STFT distance; zero for a batch whose target is silent.

    Args:
        prediction: shape (clips, samples), more than half the largest window, 2048 samples.
        target: the same shape.
        pre_emphasis: c of the filter 1 - c z^-1 that is applied to both first; 0 = none.
    """
    if target.shape[-1] <= LONGEST_WINDOW // 2 + 1:
        raise ConfigError(
            f"recipe.segment_samples={target.shape[-1]}: too short for loss mrstft; at least {LONGEST_WINDOW}"
        )
    ours, theirs = (emphasised(each, pre_emphasis) if pre_emphasis else each for each in (prediction, target))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's, about auraloss
        distance = _stft_distance()(ours[:, None], theirs[:, None])  # not symmetric
    return torch.where(target.square().mean() > SILENCE, distance, 0.0)


def pre_emphasis(prediction: Tensor, target: Tensor, *, coefficient: float) -> Tensor:
    """Return the mean squared error after pre-emphasis ``1 - coefficient z^-1``; shapes (clips, samples)."""
    return emphasised(prediction - target, coefficient).square().mean()


def emphasised(signal: Tensor, coefficient: float) -> Tensor:
    """Return the signal filtered by ``1 - coefficient z^-1`` along its last axis, without the first sample."""
    return signal[..., 1:] - coefficient * signal[..., :-1]


def weighted_sum(terms: Mapping[str, tuple[float, Loss]]) -> Loss:
    """Return the loss that is the weighted sum of its terms, given as name: (weight, loss)."""

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


@functools.cache
def _stft_distance() -> MultiResolutionSTFTLoss:
    distance = MultiResolutionSTFTLoss()
    for each in distance.stft_losses:
        each.stft = functools.partial(_magnitudes, each)
    return distance


def _magnitudes(distance: STFTLoss, signal: Tensor) -> tuple[Tensor, None]:
    """Replace ``STFTLoss.stft``, which also computes the phases even where they have no weight."""
    sizes = distance.fft_size, distance.hop_size, distance.win_length
    spectrum = torch.stft(signal, *sizes, distance.window, return_complex=True)
    power = spectrum.real.square() + spectrum.imag.square()
    return power.clamp(min=distance.eps).sqrt(), None
