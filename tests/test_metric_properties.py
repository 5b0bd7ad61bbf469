"""What holds of the metrics for any signals: cuts, gains, equality."""

import functools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nasamp.metrics import PooledEsr, WholeSignal
from nasamp.metrics.error import dc, esr, si_sdr_db
from nasamp.metrics.loudness import loudness_difference_lu
from nasamp.metrics.spectrum import mrstft
from nasamp.metrics.weighting import esr_a_weighted, esr_pre_emphasised

RATE, SAMPLES = 8000, 6000
RATIOS = {
    "esr": esr,
    "esr_pre_emphasised": esr_pre_emphasised,
    "esr_a_weighted": functools.partial(esr_a_weighted, sample_rate=RATE),
    "dc": dc,
}
OTHERS = {
    "si_sdr_db": si_sdr_db,
    "mrstft": mrstft,
    "loudness_difference_lu": functools.partial(loudness_difference_lu, sample_rate=RATE),
}
EVERY = RATIOS | OTHERS

seeds = st.integers(0, 2**31 - 1)
cuts = st.lists(st.integers(1, SAMPLES - 1), max_size=6).map(lambda places: sorted(set(places)))
rests = st.tuples(st.integers(0, SAMPLES - 1), st.integers(0, SAMPLES // 2))
gains = st.floats(1e-3, 1e3)
quick = settings(max_examples=20, deadline=None)


def signals(seed: int, rest: tuple[int, int], *, error: float = 0.1) -> tuple[torch.Tensor, torch.Tensor]:
    """Return prediction and target: noise of any level and offset, with a rest."""
    generator = torch.Generator().manual_seed(seed)
    level, offset = torch.rand(2, generator=generator) + 0.01
    target = level * torch.randn(SAMPLES, generator=generator) + 0.1 * offset
    target[rest[0] : rest[0] + rest[1]] = 0
    return target + error * level * torch.randn(SAMPLES, generator=generator) + 0.01 * offset, target


def measured(metric, prediction, target, places):
    for piece in zip(prediction.tensor_split(places), target.tensor_split(places), strict=True):
        metric.update(*piece)
    return float(metric.compute())


@pytest.mark.parametrize("name", EVERY)
@quick
@given(seed=seeds, rest=rests, places=cuts)
def test_a_metric_does_not_depend_on_how_its_signal_is_cut(name, seed, rest, places):
    pair = signals(seed, rest)
    assert measured(WholeSignal(EVERY[name]), *pair, places) == EVERY[name](*pair)


@quick
@given(seed=seeds, rest=rests, places=cuts)
def test_the_pooled_esr_is_the_esr_of_the_whole_however_it_is_cut(seed, rest, places):
    pair = signals(seed, rest)
    assert measured(PooledEsr(), *pair, places) == pytest.approx(esr(*pair), rel=1e-9)


@pytest.mark.parametrize("name", RATIOS)
@quick
@given(seed=seeds, rest=rests, gain=gains)
def test_a_ratio_does_not_change_with_a_gain_on_both(name, seed, rest, gain):
    prediction, target = signals(seed, rest)
    assert RATIOS[name](gain * prediction, gain * target) == pytest.approx(RATIOS[name](prediction, target), rel=1e-4)


@quick
@given(seed=seeds, rest=rests, ours=gains, theirs=gains)
def test_si_sdr_does_not_change_with_the_gain_of_either(seed, rest, ours, theirs):
    prediction, target = signals(seed, rest)
    found = si_sdr_db(ours * prediction, theirs * target)
    assert found == pytest.approx(si_sdr_db(prediction, target), abs=1e-3)


@quick
@given(seed=seeds, gain=st.floats(0.5, 2))
def test_the_loudness_difference_is_the_gain_in_db(seed, gain):
    _, target = signals(seed, (0, 0))
    expected = 20 * torch.log10(torch.tensor(gain, dtype=torch.float64))
    assert OTHERS["loudness_difference_lu"](gain * target, target) == pytest.approx(float(expected), abs=1e-3)


@pytest.mark.parametrize("name", [*RATIOS, "mrstft", "loudness_difference_lu"])
@quick
@given(seed=seeds, rest=rests)
def test_equal_signals_differ_by_nothing(name, seed, rest):
    _, target = signals(seed, rest)
    assert EVERY[name](target, target.clone()) == 0


@pytest.mark.parametrize("name", [*RATIOS, "mrstft"])
@quick
@given(seed=seeds, rest=rests)
def test_more_of_the_same_error_is_never_better(name, seed, rest):
    prediction, target = signals(seed, rest)
    worse = target + 2 * (prediction - target)
    assert EVERY[name](worse, target) > EVERY[name](prediction, target)
