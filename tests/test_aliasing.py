"""The aliasing measure against curves whose harmonics are known in closed form."""

import numpy as np
import pytest
import torch

from nasamp.architecture import stack
from nasamp.metrics import aliasing
from nasamp.metrics.aliasing import SAMPLES, Aliasing, measure, ratio, worst
from nasamp.models import WaveNet

PHASE = 2 * np.pi * np.arange(SAMPLES) / SAMPLES


def test_the_number_of_samples_is_prime():
    assert all(SAMPLES % divisor for divisor in range(2, int(SAMPLES**0.5) + 1))


@pytest.mark.parametrize(("cycles", "expected"), [(SAMPLES // 7, 0.0), (SAMPLES // 4, (1 / 3) ** 2)])
def test_a_cube_has_a_third_harmonic_that_folds_beyond_half_the_rate(cycles, expected):
    cubed = np.sin(cycles * PHASE) ** 3  # (3 sin x - sin 3x) / 4
    assert ratio(cubed, cycles) == pytest.approx(expected, rel=1e-9, abs=1e-20)


def test_dc_is_not_aliasing():
    squared = np.sin(500 * PHASE) ** 2  # (1 - cos 2x) / 2
    assert ratio(squared, 500) < 1e-20


def test_tanh_aliases_as_its_harmonic_series_predicts():
    cycles = 3001
    output = np.tanh(4 * np.sin(cycles * PHASE))
    fine = 2 * np.pi * np.arange(2**14) / 2**14
    energy = np.abs(np.fft.rfft(np.tanh(4 * np.sin(fine)))) ** 2  # one period: bin m is harmonic m
    harmonics = np.arange(len(energy))
    below = (harmonics >= 1) & (harmonics * cycles < SAMPLES / 2)
    expected = energy[harmonics * cycles > SAMPLES / 2].sum() / energy[below].sum()
    assert ratio(output, cycles) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("output", [np.zeros(SAMPLES), np.full(SAMPLES, 0.3)])
def test_a_silent_output_has_no_ratio(output):
    assert np.isnan(ratio(output, 500))


def test_the_highest_and_loudest_note_aliases_most():
    found = measure(lambda x: torch.tanh(20 * x), context=(0, 0), sample_rate=44_100)
    assert worst(found).hertz == pytest.approx(1318.5, abs=2.7)
    assert worst(found).level == max(aliasing.LEVELS)


@pytest.mark.parametrize("causal", [True, False])
def test_a_network_is_measured_in_its_steady_state(causal):
    torch.manual_seed(0)
    net = WaveNet(stack(layers=4, channels=4, kernel_size=3, causal=causal))
    for entry in measure(net, context=net.context, sample_rate=44_100):
        assert entry.ratio < 1e-8  # an untrained network is nearly linear: only rounding is left, no transient


def test_a_sample_rate_that_cannot_hold_the_notes_still_gives_numbers():
    found = measure(torch.tanh, context=(0, 0), sample_rate=8000)
    assert len(found) == len(aliasing.NOTES_HZ) * len(aliasing.LEVELS)
    assert all(np.isfinite(entry.ratio) for entry in found)


def test_the_worst_ratio_is_the_highest_and_never_that_of_silence():
    nan, low, high = (Aliasing(440.0, 0.5, value) for value in (float("nan"), 1e-6, 1e-3))
    for order in ([nan, low, high], [high, nan, low], [low, high, nan]):
        assert worst(order) is high
