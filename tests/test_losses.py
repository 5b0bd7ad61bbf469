"""Losses against formulas written out by hand."""

import numpy as np
import pytest
import torch
from auraloss.freq import MultiResolutionSTFTLoss
from conftest import ROOT
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from omegaconf import OmegaConf

from nasamp import losses
from nasamp.errors import ConfigError
from nasamp.schema import Config
from nasamp.schema.checking import check


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


def test_the_stft_loss_is_auralosses_on_pre_emphasised_signals(pair):
    audible = pair[0] * 3, pair[1]
    filtered = [each[:, None, 1:] - 0.85 * each[:, None, :-1] for each in audible]
    assert float(losses.mrstft(*audible, pre_emphasis=0.85)) == pytest.approx(
        float(MultiResolutionSTFTLoss()(*filtered)), rel=1e-6
    )


def test_its_gradient_is_auralosses_too(pair):
    ours, theirs = (pair[0].clone().requires_grad_() for _ in range(2))
    losses.mrstft(ours, pair[1]).backward()
    MultiResolutionSTFTLoss()(theirs[:, None], pair[1][:, None]).backward()
    torch.testing.assert_close(ours.grad, theirs.grad)


def test_a_silent_batch_adds_no_stft_loss_and_no_gradient():
    prediction = torch.full((2, 4096), 0.1, requires_grad=True)
    loss = losses.mrstft(prediction, torch.zeros(2, 4096), pre_emphasis=0.85)
    loss.backward()
    assert loss.item() == 0
    assert not prediction.grad.any()


def test_segments_shorter_than_the_window_are_named():
    with pytest.raises(ConfigError, match=r"recipe\.segment_samples=1000: too short .* at least 2048"):
        losses.mrstft(torch.zeros(1, 1000), torch.zeros(1, 1000))


@pytest.mark.parametrize("path", sorted((ROOT / "conf" / "loss").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_loss_in_conf_is_zero_for_equal_signals_and_has_a_gradient_otherwise(pair, path):
    terms = OmegaConf.to_container(OmegaConf.load(path))["terms"]
    built = {name: (term.pop("weight"), instantiate(term | {"_partial_": True})) for name, term in terms.items()}
    loss = losses.weighted_sum(built)
    prediction = pair[0].clone().requires_grad_()
    loss(prediction, pair[1]).backward()
    assert float(loss(pair[1], pair[1])) == pytest.approx(0, abs=1e-6)
    assert torch.isfinite(prediction.grad).all() and prediction.grad.any()


SPECTRA = [path for path in sorted((ROOT / "conf" / "loss").glob("*.yaml")) if path.stem != "esr"]


@pytest.mark.parametrize("path", SPECTRA, ids=lambda path: path.stem)
def test_the_shortest_segment_that_is_accepted_is_one_that_a_loss_can_take(path):
    config = check(composed(f"loss={path.stem}", "recipe.segment_samples=4096"), Config)
    terms = {name: instantiate(term, _partial_=True) for name, term in config.loss.terms.items()}
    weights = {name: term.keywords.pop("weight") for name, term in terms.items()}
    loss = losses.weighted_sum({name: (weights[name], term) for name, term in terms.items()})
    shortest = config.loss.longest_window // 2 + 2
    accepted = check(composed(f"loss={path.stem}", f"recipe.segment_samples={shortest}"), Config)
    assert accepted.recipe.segment_samples == shortest
    assert torch.isfinite(loss(torch.randn(2, shortest), torch.randn(2, shortest)))
    with pytest.raises(ConfigError, match=rf"segment_samples={shortest - 1}: too short for loss={path.stem}"):
        check(composed(f"loss={path.stem}", f"recipe.segment_samples={shortest - 1}"), Config)


def test_a_loss_whose_windows_do_not_fit_the_recipe_is_refused_with_what_to_set():
    with pytest.raises(ConfigError, match=r"longest window is 2,048 samples; set recipe\.segment_samples=4096$"):
        check(composed("loss=hybrid"), Config)


def composed(*overrides: str):
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return compose("config", list(overrides))
