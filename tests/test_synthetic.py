"""The built-in guitar, devices and their recording."""

import hashlib
import json
import warnings
from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.integrate import solve_ivp
from scipy.optimize import brentq
from scipy.signal import lfilter

from nasamp.audio import synthetic
from nasamp.audio.devices import DEVICES, clipper_voltage, screamer
from nasamp.audio.guitar import performance
from nasamp.audio.string import Note, pluck, ring
from nasamp.errors import AudioError, ConfigError

RATE = 44_100
CIRCUIT_RATE = 8 * RATE
GOLDEN = Path(__file__).with_name("golden") / "synthetic.json"


@pytest.fixture(scope="module")
def pair():
    """Return 10 s of dry and wet, as 24-bit integers."""
    return dict(zip(("input", "output"), synthetic.samples("screamer", 10, RATE), strict=True))


# The guitar


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


def test_a_palm_muted_string_dies_sooner_than_an_open_one():
    def rms_after_300_ms(mute):
        wave = pluck(Note(0.0, 0.5, 45, 0.8, mute=mute), RATE, np.random.default_rng(0))
        return np.sqrt(np.mean(wave[int(0.3 * RATE) : int(0.4 * RATE)] ** 2))

    assert rms_after_300_ms(0.9) < 0.01 * rms_after_300_ms(0.0)


# The screamer


def ampere(seconds, *, seed=0):
    """Return noise below 5 kHz with bursts of 0.1 mA, what a loud guitar drives through the clipper."""
    count = int(seconds * CIRCUIT_RATE)
    noise = lfilter([0.08], [1, -0.92], np.random.default_rng(seed).standard_normal(count))
    return 1e-4 * noise / np.abs(noise).max()


def test_chunks_solved_at_once_equal_one_long_solve():
    current = ampere(0.05)
    whole = clipper_voltage(current, CIRCUIT_RATE, chunk_seconds=0.05)
    assert np.abs(whole).max() > 0.5  # the diodes conduct
    chunks = clipper_voltage(current, CIRCUIT_RATE, chunk_seconds=0.001)  # 49 seams instead of 2
    np.testing.assert_allclose(chunks, whole, rtol=0, atol=1e-9)


def diode_ampere(volt):
    return 2.52e-9 * (np.exp(volt / (2 * 0.04535)) - np.exp(-volt / 0.04535))


@pytest.mark.parametrize("current", [-2e-4, -1e-6, 0.0, 1e-6, 2e-4])
def test_a_constant_current_settles_where_resistor_and_diodes_carry_it(current):
    settled = clipper_voltage(np.full(2 * CIRCUIT_RATE // 100, current), CIRCUIT_RATE)[-1]
    expected = brentq(lambda volt: volt / 301e3 + diode_ampere(volt) - current, -2, 2, xtol=1e-14)
    assert settled == pytest.approx(expected, abs=1e-9)


def test_the_clipper_agrees_with_an_adaptive_solver():
    time = np.arange(400) / CIRCUIT_RATE

    def current(t):
        return 6e-5 * np.sin(2 * np.pi * 700 * t) + 2e-5 * np.sin(2 * np.pi * 1900 * t)

    def slope(t, volt):
        return (current(t) - volt / 301e3 - diode_ampere(volt)) / 51e-12

    exact = solve_ivp(slope, (0, time[-1]), [0.0], "Radau", t_eval=time, rtol=1e-9, atol=1e-12).y[0]
    fine_time = np.arange(8 * 400) / (8 * CIRCUIT_RATE)
    fine = clipper_voltage(current(fine_time), 8 * CIRCUIT_RATE)[::8]
    error = np.abs(clipper_voltage(current(time), CIRCUIT_RATE) - exact).max()
    assert error < 0.01  # of 0.9 V; at the samples where the diodes switch
    assert np.abs(fine - exact).max() < error / 8**1.7  # the trapezoidal rule is of second order


def test_the_screamer_clips_one_side_earlier_than_the_other():
    dry = 0.3 * np.sin(2 * np.pi * 440 * np.arange(4000) / 16_000)
    wet, mirrored = screamer(dry, 16_000), -screamer(-dry, 16_000)
    assert np.sum((wet - mirrored) ** 2) > 0.01 * np.sum(wet**2)


def test_no_static_curve_maps_dry_to_wet(pair):
    dry, wet = pair["input"], pair["output"] / synthetic.FULL_SCALE
    level = np.argsort(np.argsort(dry)) * 500 // len(dry)  # 500 bins, equally full
    curve = np.bincount(level, wet) / np.bincount(level)  # no function of the dry sample alone has a smaller error
    assert np.sum((wet - curve[level]) ** 2) > 0.2 * np.sum(wet**2)


def test_the_screamer_answers_neither_early_nor_late():
    start = 500
    dry = np.zeros(1000)
    dry[start:] = 0.2
    wet = screamer(dry, RATE)
    resampler = 20  # samples that its two linear-phase filters may ring ahead
    assert not wet[: start - resampler].any()
    assert np.abs(wet[:start]).max() < 0.1 * np.abs(wet).max()
    assert np.abs(wet[start : start + 3]).max() > 0.5 * np.abs(wet).max()


@pytest.mark.parametrize("sample_rate", [44_100, 48_000])
@pytest.mark.parametrize("device", DEVICES)
def test_no_device_clips_the_file_or_changes_the_length(device, sample_rate):
    dry, wet = synthetic.samples(device, 2, sample_rate)
    assert len(wet) == len(dry) == 2 * sample_rate
    assert 0.05 < np.abs(wet).max() / synthetic.FULL_SCALE < 1


# The recording


@pytest.mark.parametrize("name", ["input", "output"])
def test_the_samples_are_those_of_the_golden_file(pair, name):
    golden = json.loads(GOLDEN.read_text("utf-8"))
    assert golden["version"] == synthetic.VERSION
    if hashlib.sha256(pair[name].astype("<i4").tobytes()).hexdigest() != golden[name]["sha256"]:
        warnings.warn(f"{name}: other bits than on the machine of the golden file; comparing an excerpt", stacklevel=1)
        difference = pair[name][::441] - np.array(golden[name]["every_441st"])
        assert np.abs(difference).max() / synthetic.FULL_SCALE < 1e-6


def test_the_files_hold_the_samples_as_24_bit_mono(tmp_path):
    expected = synthetic.samples("screamer", 0.5, 8000)
    for path, integers in zip(synthetic.recording("screamer", 0.5, 8000, tmp_path), expected, strict=True):
        header = soundfile.info(path)
        assert (header.subtype, header.channels, header.samplerate) == ("PCM_24", 1, 8000)
        np.testing.assert_array_equal(soundfile.read(path)[0] * synthetic.FULL_SCALE, integers)


def test_a_second_call_reads_the_cache(tmp_path):
    first = synthetic.recording("screamer", 0.5, 8000, tmp_path)
    written = [path.stat().st_mtime_ns for path in first]
    assert synthetic.recording("screamer", 0.5, 8000, tmp_path) == first
    assert [path.stat().st_mtime_ns for path in first] == written


def test_nothing_but_the_pair_is_left_in_the_cache(tmp_path):
    dry, wet = synthetic.recording("screamer", 0.5, 8000, tmp_path)
    folder = tmp_path / "synthetic" / "screamer_0.5s_8000_v1"
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == {dry, wet}
    assert (dry, wet) == (folder / "input.wav", folder / "output.wav")
    assert list((tmp_path / "synthetic").iterdir()) == [folder]


def test_the_process_that_finishes_first_wins(tmp_path, monkeypatch):
    others = []

    def overtaken(seconds, sample_rate):
        monkeypatch.setattr(synthetic, "performance", performance)
        others.extend(synthetic.recording("screamer", seconds, sample_rate, tmp_path))
        others.extend(path.stat().st_mtime_ns for path in tuple(others))
        return performance(seconds, sample_rate)

    monkeypatch.setattr(synthetic, "performance", overtaken)
    dry, wet = synthetic.recording("screamer", 0.5, 8000, tmp_path)
    assert [dry, wet, dry.stat().st_mtime_ns, wet.stat().st_mtime_ns] == others
    assert list((tmp_path / "synthetic").iterdir()) == [dry.parent]


def test_a_recording_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setitem(DEVICES, "screamer", lambda dry, sample_rate: 5 * dry)
    with pytest.raises(AudioError, match=r"screamer: peak 2\.\d+ would clip"):
        synthetic.recording("screamer", 0.5, 8000, tmp_path)
    assert not any(tmp_path.iterdir())


def test_an_incomplete_folder_is_named(tmp_path):
    dry, wet = synthetic.recording("screamer", 0.5, 8000, tmp_path)
    wet.unlink()
    with pytest.raises(AudioError, match=r"screamer_0\.5s_8000_v1: cannot be written .* delete it"):
        synthetic.recording("screamer", 0.5, 8000, tmp_path)
    assert list((tmp_path / "synthetic").iterdir()) == [dry.parent]


def test_an_unknown_device_names_those_that_exist(tmp_path):
    with pytest.raises(ConfigError, match=r"data\.device=fuzz: .*screamer"):
        synthetic.recording("fuzz", 1, RATE, tmp_path)
