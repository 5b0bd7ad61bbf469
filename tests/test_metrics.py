"""Metrics of whole signals against formulas written out by hand, tables of standards and other libraries."""

import numpy as np
import pytest
import torch
from auraloss.freq import MultiResolutionSTFTLoss
from scipy import signal

from nasamp.metrics import PooledEsr, Scores, WholeSignal, scores
from nasamp.metrics.error import dc, decibels, esr, si_sdr_db
from nasamp.metrics.loudness import loudness_difference_lu
from nasamp.metrics.spectrum import mrstft
from nasamp.metrics.weighting import a_curve, a_weighted, esr_a_weighted, esr_pre_emphasised

RATE = 44_100
RATIOS = {
    "esr": esr,
    "esr_pre_emphasised": esr_pre_emphasised,
    "esr_a_weighted": lambda prediction, target: esr_a_weighted(prediction, target, sample_rate=RATE),
    "dc": dc,
    "si_sdr_db": si_sdr_db,
    "mrstft": mrstft,
    "loudness_difference_lu": lambda prediction, target: loudness_difference_lu(prediction, target, sample_rate=RATE),
}


def noise(samples: int, seed: int) -> torch.Tensor:
    return torch.randn(samples, generator=torch.Generator().manual_seed(seed))


def sine(hertz: float, seconds: float = 1.0, amplitude: float = 0.5) -> torch.Tensor:
    return amplitude * torch.sin(2 * torch.pi * hertz * torch.arange(round(seconds * RATE)) / RATE)


@pytest.fixture
def pair() -> tuple[torch.Tensor, torch.Tensor]:
    """Return prediction and target with a rest in it."""
    target = noise(24_000, 0)
    target[8000:12_000] = 0
    return target + 0.1 * noise(24_000, 1), target


# Formulas


def test_esr_is_the_energy_of_the_error_over_that_of_the_target(pair):
    prediction, target = (each.numpy().astype(np.float64) for each in pair)
    expected = ((prediction - target) ** 2).sum() / (target**2).sum()
    assert esr(*pair) == pytest.approx(expected, rel=1e-6)
    assert decibels(esr(*pair)) == pytest.approx(10 * np.log10(expected), abs=1e-5)


def test_pre_emphasis_is_scipys_filter_with_0_85(pair):
    error, target = (
        signal.lfilter([1, -0.85], [1], each.numpy().astype(np.float64))[1:] for each in (pair[0] - pair[1], pair[1])
    )
    assert esr_pre_emphasised(*pair) == pytest.approx((error**2).sum() / (target**2).sum(), rel=1e-5)


def test_dc_counts_the_offset_alone():
    target = sine(100)
    assert dc(target + 0.25, target) == pytest.approx(0.25**2 / 0.125, rel=1e-5)
    assert dc(0.5 * target, target) == pytest.approx(0, abs=1e-9)


def test_si_sdr_is_the_signal_over_the_noise_whatever_the_gain():
    target, distortion = sine(100), sine(200)  # orthogonal over whole periods
    expected = 10 * np.log10(0.7**2 / 0.1**2)
    assert si_sdr_db(0.7 * target + 0.1 * distortion, target) == pytest.approx(expected, abs=1e-4)


def test_mrstft_is_auralosses_with_the_prediction_first(pair):
    louder = 2 * pair[0], pair[1]
    forward, backward = (
        float(MultiResolutionSTFTLoss()(*(e[None, None] for e in both))) for both in (louder, louder[::-1])
    )
    assert forward > 1.1 * backward
    assert mrstft(*louder) == pytest.approx(forward, rel=1e-6)


def test_twice_the_amplitude_is_6_lu_louder():
    target = sine(1000, 2)
    assert loudness_difference_lu(2 * target, target, sample_rate=RATE) == pytest.approx(20 * np.log10(2), abs=1e-3)


def test_decibels_of_nothing_are_finite():
    assert decibels(0.0) == -300


# A-weighting

IEC_TABLE = {31.5: -39.4, 63: -26.2, 125: -16.1, 250: -8.6, 500: -3.2, 1000: 0, 2000: 1.2, 4000: 1.0, 8000: -1.1}
IEC_TABLE |= {16_000: -6.6, 20_000: -9.3}  # IEC 61672-1:2013, table 3, dB


@pytest.mark.parametrize(("nominal", "expected"), IEC_TABLE.items())
def test_the_a_curve_is_the_one_in_the_standards_table(nominal, expected):
    hertz = 1000 * 10 ** (round(10 * np.log10(nominal / 1000)) / 10)  # the table's frequencies are rounded
    gain = a_curve(torch.tensor(hertz, dtype=torch.float64))
    assert 20 * float(gain.log10()) == pytest.approx(expected, abs=0.051)


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
@pytest.mark.parametrize("hertz", [100.0, 1000.0, 16_000.0])
def test_a_weighted_noise_of_a_band_loses_what_the_curve_says_at_any_sample_rate(rate, hertz):
    tone = torch.sin(2 * torch.pi * hertz * torch.arange(rate, dtype=torch.float64) / rate)
    tone *= torch.hann_window(rate, dtype=torch.float64)
    lost = a_weighted(tone, rate).square().sum() / tone.square().sum()
    assert float(lost) == pytest.approx(float(a_curve(torch.tensor(hertz, dtype=torch.float64))) ** 2, rel=1e-3)


def test_the_ringing_of_the_weighting_past_the_end_counts(pair):
    ours, target = (each[-5000:] for each in pair)
    longer = [torch.cat([torch.zeros(RATE), each, torch.zeros(3 * RATE)]) for each in (ours, target)]
    found = esr_a_weighted(ours, target, sample_rate=RATE)
    assert found == pytest.approx(esr_a_weighted(*longer, sample_rate=RATE), rel=1e-9)


def test_a_weighting_agrees_with_the_analogue_filter():
    tone = noise(RATE, 2)
    poles = 2 * np.pi * np.array([20.598997, 20.598997, 107.65265, 737.86223, 12194.217, 12194.217])
    gain = (2 * np.pi * 12194.217) ** 2 * 10 ** (1.9997 / 20)
    samples = len(a_weighted(tone, RATE))
    hertz = np.fft.rfftfreq(samples, 1 / RATE)
    _, curve = signal.freqs_zpk([0, 0, 0, 0], -poles, gain, 2 * np.pi * hertz)
    expected = np.fft.irfft(np.fft.rfft(tone.double().numpy(), samples) * np.abs(curve), samples)
    assert np.abs(a_weighted(tone, RATE).numpy() - expected).max() < 1e-9


def test_an_error_at_a_frequency_where_the_ear_is_insensitive_counts_less():
    target = sine(1000)
    deaf, keen = (
        esr_a_weighted(target + sine(hertz, amplitude=0.05), target, sample_rate=RATE) for hertz in (40, 3000)
    )
    assert deaf < 1e-3 * keen


# Silence


@pytest.mark.parametrize("name", RATIOS)
@pytest.mark.parametrize("heard", [0.0, 0.1])
def test_a_silent_target_gives_nan_and_no_huge_number(name, heard):
    assert np.isnan(RATIOS[name](heard * noise(RATE, 0), torch.zeros(RATE)))


@pytest.mark.parametrize("name", ["si_sdr_db", "loudness_difference_lu"])
def test_what_has_no_number_for_a_silent_prediction_is_nan(name):
    assert np.isnan(RATIOS[name](torch.zeros(RATE), sine(440)))


@pytest.mark.parametrize("name", ["esr", "esr_pre_emphasised", "esr_a_weighted"])
def test_a_silent_prediction_has_an_esr_of_1(name):
    assert RATIOS[name](torch.zeros(RATE), sine(440)) == pytest.approx(1)


@pytest.mark.parametrize("name", ["esr", "esr_pre_emphasised", "esr_a_weighted", "si_sdr_db"])
def test_a_rest_that_both_keep_changes_no_ratio(pair, name):
    longer = [torch.cat([each, torch.zeros(2 * RATE)]) for each in pair]
    assert RATIOS[name](*longer) == pytest.approx(RATIOS[name](*pair), rel=1e-3)


def test_pooled_esr_of_a_silent_target_is_nan():
    metric = PooledEsr()
    metric.update(torch.ones(9), torch.zeros(9))
    assert torch.isnan(metric.compute())


def test_signals_shorter_than_a_window_or_block_give_nan():
    assert np.isnan(mrstft(noise(2047, 0), noise(2047, 1)))
    assert np.isnan(loudness_difference_lu(sine(440, 0.39), sine(440, 0.39), sample_rate=RATE))


# Pieces


def test_a_collection_keeps_one_copy_of_the_pieces_and_starts_anew(pair):
    scored = Scores("val/", {"esr": PooledEsr(), "esr_pre_emphasised": esr_pre_emphasised, "dc": dc})
    for _ in range(2):
        for prediction, target in zip(pair[0].split(5000), pair[1].split(5000), strict=True):
            scored.add(prediction[None, None], target[None, None])
        groups = scored._metrics.compute_groups.values()
        assert ["dc", "esr_pre_emphasised"] in [sorted(group) for group in groups]
        numbers = scored.take()
        assert numbers["val/esr_pre_emphasised"] == pytest.approx(esr_pre_emphasised(*pair), rel=1e-9)
        assert numbers["val/dc"] == pytest.approx(dc(*pair), rel=1e-9)
        assert numbers["val/esr_db"] == pytest.approx(decibels(esr(*pair)), abs=1e-5)


def test_rows_of_a_batch_follow_one_another(pair):
    metric = WholeSignal(esr_pre_emphasised)
    metric.update(pair[0].reshape(4, 6000), pair[1].reshape(4, 6000))
    assert float(metric.compute()) == pytest.approx(esr_pre_emphasised(*pair), rel=1e-9)


def test_without_pyloudnorm_the_loudness_is_left_out_and_the_log_says_so(monkeypatch, caplog):
    monkeypatch.setattr(scores, "is_available", lambda: False)
    with caplog.at_level("INFO"):
        scored = scores.at_the_end(RATE)
    scored.add(sine(440), sine(440))
    assert "test/loudness_difference_lu" not in scored.take()
    assert "nasamp[loudness]" in caplog.text
