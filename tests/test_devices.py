"""The built-in devices: circuits against other solvers, and what each of them is there for."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq
from scipy.signal import lfilter

from nasamp.audio import synthetic
from nasamp.audio.devices import DEVICES, amplifier
from nasamp.audio.devices.amplifier import tube
from nasamp.audio.devices.circuit import OVERSAMPLING
from nasamp.audio.devices.pedals import MUFF, SCREAMER, muff, overdrive, screamer

RATE = 44_100
CIRCUIT_RATE = OVERSAMPLING * RATE


def ampere(seconds, *, seed=0):
    """Return noise below 5 kHz with bursts of 0.1 mA, what a loud guitar drives through the clipper."""
    count = int(seconds * CIRCUIT_RATE)
    noise = lfilter([0.08], [1, -0.92], np.random.default_rng(seed).standard_normal(count))
    return 1e-4 * noise / np.abs(noise).max()


BOTH = pytest.mark.parametrize("clipper", [SCREAMER, MUFF], ids=["screamer", "muff"])


@BOTH
def test_chunks_solved_at_once_equal_one_long_solve(clipper):
    current = ampere(0.05)
    whole = clipper.voltage(current, CIRCUIT_RATE, chunk_seconds=0.05)
    assert np.abs(whole).max() > 0.4  # the diodes conduct
    chunks = clipper.voltage(current, CIRCUIT_RATE, chunk_seconds=0.001)  # 49 seams instead of 2
    np.testing.assert_allclose(chunks, whole, rtol=0, atol=1e-9)


def diode_ampere(volt, clipper):
    forward, backward = (
        np.exp(sign * volt / (count * 0.04535)) for sign, count in ((1, clipper.forward), (-1, clipper.backward))
    )
    return 2.52e-9 * (forward - backward)


@BOTH
@pytest.mark.parametrize("current", [-2e-4, -1e-6, 0.0, 1e-6, 2e-4])
def test_a_constant_current_settles_where_resistor_and_diodes_carry_it(current, clipper):
    settled = clipper.voltage(np.full(2 * CIRCUIT_RATE // 100, current), CIRCUIT_RATE)[-1]
    expected = brentq(lambda volt: volt / clipper.ohm + diode_ampere(volt, clipper) - current, -2, 2, xtol=1e-14)
    assert settled == pytest.approx(expected, abs=1e-9)


@BOTH
def test_the_clipper_agrees_with_an_adaptive_solver(clipper):
    time = np.arange(400) / CIRCUIT_RATE

    def current(t):
        return 6e-5 * np.sin(2 * np.pi * 700 * t) + 2e-5 * np.sin(2 * np.pi * 1900 * t)

    def slope(t, volt):
        return (current(t) - volt / clipper.ohm - diode_ampere(volt, clipper)) / clipper.farad

    exact = solve_ivp(slope, (0, time[-1]), [0.0], "Radau", t_eval=time, rtol=1e-9, atol=1e-12).y[0]
    fine_time = np.arange(8 * 400) / (8 * CIRCUIT_RATE)
    fine = clipper.voltage(current(fine_time), 8 * CIRCUIT_RATE)[::8]
    error = np.abs(clipper.voltage(current(time), CIRCUIT_RATE) - exact).max()
    assert error < 0.01  # of 0.5 to 0.9 V; at the samples where the diodes switch
    assert np.abs(fine - exact).max() < error / 8**1.7  # the trapezoidal rule is of second order


# The single devices


def sine(amplitude, seconds=0.25, hertz=440):
    return amplitude * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)


def mirrored(device, dry):
    """Return how much of the output changes when the input is turned over: the share of even harmonics."""
    wet, other = device(dry, RATE), -device(-dry, RATE)
    return np.sum((wet - other) ** 2) / np.sum(wet**2)


def test_a_soft_note_passes_the_overdrive_like_its_two_filters_alone():
    wet = overdrive(sine(1e-4), RATE)[RATE // 10 :]
    s = 2j * np.pi * 440
    corners = 2 * np.pi * np.array([320, 3200])
    gain = abs(0.45 * (6 * s / (s + corners[0]) + 0.4) * corners[1] / (s + corners[1]))
    assert np.sqrt(2 * np.mean(wet**2)) == pytest.approx(1e-4 * gain, rel=2e-3)


def test_the_overdrive_clips_symmetrically_and_the_screamer_does_not():
    assert mirrored(overdrive, sine(0.3)) < 1e-20
    assert mirrored(screamer, sine(0.3)) > 0.01


def test_the_muff_makes_a_soft_note_almost_as_loud_as_one_ten_times_as_hard():
    soft, hard = (np.sqrt(np.mean(muff(sine(amplitude), RATE) ** 2)) for amplitude in (0.03, 0.3))
    assert 1 < hard / soft < 1.6


def test_the_tone_control_of_the_muff_scoops_the_middle():
    bass, hole, treble = (
        np.sqrt(np.mean(muff(sine(1e-5, hertz=hertz), RATE) ** 2)) / flat(hertz) for hertz in (150, 700, 4000)
    )
    assert hole < 0.75 * min(bass, treble)


def flat(hertz):
    """Return what both clipping stages of the muff leave of a note at this frequency, before the tone control."""
    stage = 1 / np.hypot(1, hertz / (1 / (2 * np.pi * MUFF.ohm * MUFF.farad)))
    return (stage * hertz / np.hypot(hertz, 90)) ** 2 * hertz / np.hypot(hertz, 80)


def test_a_12ax7_carries_the_published_current_at_the_published_point():
    """Koren's parameters give 1.07 mA at 221 V and -1.61 V (Fiore, "Electronics", equation 6.38)."""
    current = amplifier.plate_current(np.array([221.0]), np.array([-1.61]))
    assert 1e3 * current[0] == pytest.approx(1.07, abs=0.01)


@pytest.mark.parametrize("grid_volt", [-6.0, -3.0, -1.5, 0.0, 3.0])
def test_the_plate_rests_where_tube_and_resistor_carry_the_same_current(grid_volt):
    plate = amplifier.plate_voltage(np.array([grid_volt]))
    through_the_resistor = (300 - plate) / 100e3
    assert amplifier.plate_current(plate, np.array([grid_volt]))[0] == pytest.approx(through_the_resistor[0], abs=1e-12)


def test_the_tube_remembers_a_loud_note_for_more_than_a_tenth_of_a_second_and_less_than_one():
    soft = sine(0.05, seconds=1.5, hertz=220)
    after_loud = soft.copy()
    after_loud[: RATE // 2] *= 10
    quiet, changed = tube(soft, RATE), tube(after_loud, RATE)

    def difference(milliseconds):
        start = RATE // 2 + milliseconds * RATE // 1000
        place = slice(start, start + RATE // 50)
        return np.sum((changed - quiet)[place] ** 2) / np.sum(quiet[place] ** 2)

    assert difference(100) > 0.05
    assert difference(900) < 1e-5


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
def test_the_cabinet_has_the_outline_of_a_speaker_at_any_rate(rate):
    magnitude = np.abs(np.fft.rfft(amplifier.cabinet(rate), rate))  # a bin a Hz
    low, presence, top = (
        np.sqrt(np.mean(magnitude[band] ** 2)) for band in (np.s_[100:1000], np.s_[2200:3800], np.s_[9000:])
    )
    assert 0 < 20 * np.log10(presence / low) < 8
    assert 20 * np.log10(top / low) < -30


# All devices


@pytest.mark.parametrize("device", DEVICES)
def test_no_static_curve_maps_dry_to_wet(device):
    dry, wet = (integers / synthetic.FULL_SCALE for integers in synthetic.samples(device, 10, RATE))
    level = np.argsort(np.argsort(dry)) * 500 // len(dry)  # 500 bins, equally full
    curve = np.bincount(level, wet) / np.bincount(level)  # no function of the dry sample alone has a smaller error
    assert np.sum((wet - curve[level]) ** 2) > 0.2 * np.sum(wet**2)


@pytest.mark.parametrize("device", DEVICES.values(), ids=DEVICES)
def test_a_device_adds_no_delay_and_does_not_look_ahead(device):
    start = 500
    dry = np.zeros(1000)
    dry[start:] = 0.2
    wet = device(dry, RATE)
    resampler = 20  # samples that its two linear-phase filters may ring ahead
    assert np.abs(wet[: start - resampler]).max() < 1e-12
    assert np.abs(wet[:start]).max() < 0.1 * np.abs(wet).max()
    assert np.abs(wet[start : start + 8]).max() > 0.25 * np.abs(wet).max()


@pytest.mark.parametrize("sample_rate", [44_100, 48_000])
@pytest.mark.parametrize("device", DEVICES)
def test_no_device_clips_the_file_or_changes_the_length(device, sample_rate):
    dry, wet = synthetic.samples(device, 2, sample_rate)
    assert len(wet) == len(dry) == 2 * sample_rate
    assert 0.05 < np.abs(wet).max() / synthetic.FULL_SCALE < 1
