"""Losses against formulas written out by hand."""

import numpy as np
import pytest
import torch

from nasamp import losses


@pytest.fixture
def pair() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    target = torch.randn(6, 4096, generator=generator)
    target[2] = 0  # a rest
    return target + 0.1 * torch.randn(6, 4096, generator=generator), target


def test_training_esr_pools_the_batch(pair):
    prediction, target = pair
    expected = float(((prediction - target) ** 2).sum() / (target**2).sum())
    assert float(losses.esr(prediction, target)) == pytest.approx(expected, rel=1e-5)


def test_pre_emphasis_is_the_error_through_its_filter(pair):
    error = (pair[0] - pair[1]).numpy()
    expected = np.mean((error[:, 1:] - 0.97 * error[:, :-1]) ** 2)
    assert float(losses.pre_emphasis(*pair, coefficient=0.97)) == pytest.approx(expected, rel=1e-5)


def test_spectral_loss_of_a_gain_is_its_logarithm_plus_its_magnitude():
    target = torch.randn(1, 8192, generator=torch.Generator().manual_seed(0))
    window = torch.hann_window(512)
    magnitude = float(torch.stft(target, 512, 128, window=window, return_complex=True).abs().mean())
    found = float(losses.spectral(2 * target, target, fft_sizes=[512]))
    assert found == pytest.approx(magnitude + np.log(2), rel=1e-4)


def test_a_weighted_sum_adds_its_terms(pair):
    loss = losses.weighted_sum({"a": (2.0, losses.esr), "b": (0.5, losses.esr)})
    assert float(loss(*pair)) == pytest.approx(2.5 * float(losses.esr(*pair)), rel=1e-6)
