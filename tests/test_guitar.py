"""The built-in guitar: its level, its spectrum, and the physics of one string."""

import numpy as np
import pytest
from scipy.signal import lfilter

from nasamp.audio.guitar import performance
from nasamp.audio.string import Note, pluck, ring

RATE = 44_100


def test_the_same_seed_plays_the_same_samples():
    np.testing.assert_array_equal(performance(4, RATE, 3), performance(4, RATE, 3))


def test_another_seed_plays_something_else():
    one, other = performance(4, RATE, 0), performance(4, RATE, 1)
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.2


@pytest.mark.parametrize(("seconds", "sample_rate"), [(0.05, 44_100), (2, 22_050), (1.23456, 44_100), (2, 96_000)])
def test_a_performance_has_exactly_the_length_asked_for(seconds, sample_rate):
    wave = performance(seconds, sample_rate)
    assert wave.shape == (round(seconds * sample_rate),)
    assert np.isfinite(wave).all()


@pytest.mark.parametrize("seconds", [30, 100])
def test_level_and_spectrum_are_those_of_a_real_dry_guitar(seconds):
    """The two real ones in shared/audio: roll-off 1.0 and 1.6 kHz, centroid 375 and 452 Hz, crest 16.6 and 18.2 dB."""
    wave = performance(seconds, RATE)
    power = np.abs(np.fft.rfft(wave)) ** 2
    hertz = np.fft.rfftfreq(len(wave), 1 / RATE)
    share_below = np.cumsum(power) / np.sum(power)
    assert 800 < hertz[np.searchsorted(share_below, 0.95)] < 1800
    assert 350 < np.sum(hertz * power) / np.sum(power) < 550
    assert 15 < 20 * np.log10(np.abs(wave).max() / np.sqrt(np.mean(wave**2))) < 20
    assert np.quantile(np.abs(wave), 0.99995) == pytest.approx(0.5)


@pytest.mark.parametrize(("mute", "period"), [(0.0, 401.7), (0.9, 133.2), (0.0, 84.25)])
def test_the_string_is_the_all_pole_filter_with_its_loop_in_the_denominator(mute, period):
    excitation = np.zeros(RATE // 2)
    excitation[:80] = np.random.default_rng(0).standard_normal(80)
    string = ring(excitation, period, mute, RATE)
    loop = -string_loop(period, mute)
    loop[0] = 1
    np.testing.assert_allclose(string, lfilter([1], loop, excitation), atol=1e-12)


def string_loop(period, mute):
    """Return the loop's impulse response, read from the string's first echo of a single one."""
    impulse = np.zeros(int(1.5 * period))
    impulse[0] = 1
    return ring(impulse, period, mute, RATE)


@pytest.mark.parametrize("pitch", [40, 45, 57, 64, 72])
def test_a_string_sounds_at_its_pitch_within_3_cents(pitch):
    wave = pluck(Note(0.0, 1.0, pitch, 0.8), RATE, np.random.default_rng(0))
    expected = 440 * 2 ** ((pitch - 69) / 12)
    assert abs(1200 * np.log2(fundamental(wave, near=expected) / expected)) < 3


@pytest.mark.parametrize("bend", [1, 2])
def test_a_bent_string_ends_that_many_semitones_higher(bend):
    straight, bent = (pluck(Note(0.0, 2.0, 57, 0.8, bend=b), RATE, np.random.default_rng(0)) for b in (0, bend))
    end = slice(int(1.3 * RATE), int(1.9 * RATE))
    ratio = fundamental(bent[end], near=220 * 2 ** (bend / 12)) / fundamental(straight[end], near=220)
    assert 12 * np.log2(ratio) == pytest.approx(bend, abs=0.05)


def fundamental(wave, *, near):
    """Return the frequency of the strongest partial within two semitones of ``near``, in Hz."""
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave)), 2**20))
    hertz = np.fft.rfftfreq(2**20, 1 / RATE)
    spectrum[np.abs(np.log2(np.maximum(hertz, 1) / near)) > 2 / 12] = 0
    return hertz[spectrum.argmax()]


def test_a_palm_muted_string_decays_faster_than_an_open_one():
    def rms_after_300_ms(mute):
        wave = pluck(Note(0.0, 0.5, 45, 0.8, mute=mute), RATE, np.random.default_rng(0))
        return np.sqrt(np.mean(wave[int(0.3 * RATE) : int(0.4 * RATE)] ** 2))

    assert rms_after_300_ms(0.9) < 0.01 * rms_after_300_ms(0.0)
