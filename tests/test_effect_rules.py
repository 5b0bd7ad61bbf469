"""Swapped files, noise gates, reverb and parts with few notes are detected, and nothing else is taken for them."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from recordings import LIMITS, real
from scipy.signal import fftconvolve, lfilter
from spoiled import RATE, Signal

from nasamp.audio import effect_rules
from nasamp.audio.alignment import timing
from nasamp.audio.devices import DEVICES
from nasamp.audio.dynamics import compression, onsets
from nasamp.audio.guitar import performance
from nasamp.audio.sound import Sound
from nasamp.audio.split import Split

SECONDS = 40


@pytest.fixture(scope="module")
def dry() -> Signal:
    return performance(SECONDS, RATE).astype(np.float32)


@pytest.fixture(scope="module")
def overdriven(dry) -> Signal:
    return lfilter([0.15], [1, -0.7], np.tanh(4 * dry)).astype(np.float32)


def warned(dry: Signal, wet: Signal, rate: int = RATE, names=("a.wav", "b.wav")) -> set[str]:
    """Return the checks that warn."""
    pair = tuple(Sound(name, signal, rate, np.empty(0)) for name, signal in zip(names, (dry, wet), strict=True))
    found = effect_rules.judge(pair, timing(dry, wet, rate), LIMITS)
    assert {each.check for each in found} == {"W11", "W12", "W13"}
    return {each.check for each in found if each.verdict == "warning"}


def gated(signal: Signal, key: Signal, dbfs: float) -> Signal:
    """Return a signal through a gate that closes in 20 ms where another stays below a level for 50 ms."""
    level = np.sqrt(fftconvolve(np.square(key), np.ones(RATE // 20) / (RATE // 20))[: len(key)].clip(0))
    return (signal * lfilter([1 / 160], [1, -159 / 160], level > 10 ** (dbfs / 20))).astype(np.float32)


def reverberant(signal: Signal, seconds: float, gain: float) -> Signal:
    length = round(seconds * RATE)
    tail = np.random.default_rng(0).normal(size=length) * 10 ** (-3 * np.arange(length) / length)
    return (signal + gain * fftconvolve(signal, tail / np.sqrt(np.square(tail).sum()))[: len(signal)]).astype(
        np.float32
    )


def echoed(signal: Signal, seconds: float, gain: float) -> Signal:
    late = round(seconds * RATE)
    return signal + gain * np.concatenate([np.zeros(late, np.float32), signal[:-late]])


def slowly_compressed(signal: Signal) -> Signal:
    """Return a signal through a compressor that lets the attacks pass: it adds crest, as an amp never does."""
    level = lfilter([1 / 480], [1, -479 / 480], np.abs(signal))
    return (signal * np.minimum(1, (level / 0.02 + 1e-9) ** -0.75)).astype(np.float32)


def test_a_dry_amp_is_fine(dry, overdriven):
    assert warned(dry, overdriven) == set()


@pytest.mark.parametrize("device", DEVICES)
def test_swapped_files_of_a_built_in_device_are_detected(dry, device):
    wet = DEVICES[device](dry.astype(np.float64), RATE).astype(np.float32)
    assert warned(dry, wet) == set()
    assert "W11" in warned(wet, dry)


def test_a_device_that_hardly_distorts_is_not_reported_as_swapped(dry):
    filtered = lfilter([1, 0.5], [1, -0.7], dry).astype(np.float32)
    noisy = filtered + np.random.default_rng(0).normal(0, 1e-3, len(dry)).astype(np.float32)
    for clean in (dry, filtered, noisy, slowly_compressed(dry)):
        assert "W11" not in warned(dry, clean)
        assert "W11" not in warned(clean, dry)


def test_a_compressor_that_adds_crest_takes_spread(dry):
    """The crest factor alone would report the files as swapped."""
    wet = slowly_compressed(dry)
    lost = compression(dry, wet, timing(dry, wet, RATE).whole.response, RATE)
    assert lost.spread_db > 1


@pytest.mark.parametrize(
    ("names", "are_swapped"),
    [
        (("wet.wav", "dry.wav"), True),
        (("takes/amp_reamped_02.wav", "takes/amp_DI_02.wav"), True),
        (("MyOutput.wav", "MyInput.wav"), True),
        (("wet/01.wav", "dry/01.wav"), True),
        (("dry.wav", "wet.wav"), False),
        (("reamp_di.wav", "clean.wav"), False),
        (("amp/in.wav", "amp/out.wav"), False),
        (("guitar.wav", "clean.wav"), False),
        (("winding.wav", "inputs.wav"), False),
    ],
)
def test_file_names_count_only_if_both_agree(names, are_swapped):
    assert effect_rules.names_are_swapped(*map(Path, names)) == are_swapped


def test_file_names_decide_only_where_the_sound_is_inconclusive(dry, overdriven):
    filtered = lfilter([1, 0.5], [1, -0.7], dry).astype(np.float32)
    assert warned(filtered, dry, names=("wet.wav", "dry.wav")) == {"W11"}
    assert warned(dry, overdriven, names=("wet.wav", "dry.wav")) == set()


def test_a_noise_gate_is_detected_and_plain_quiet_passages_are_not(dry, overdriven):
    breaks = dry.copy()
    for start in range(3 * RATE, len(dry) - RATE, 5 * RATE):
        breaks[start : start + RATE // 2] *= 0.02  # soft notes, which a gate takes away
    wet = np.tanh(4 * breaks)
    assert "W12" in warned(breaks, gated(wet, breaks, -45))
    assert "W12" not in warned(breaks, wet)


@pytest.mark.parametrize(
    ("change", "is_seen"),
    [
        (lambda wet: echoed(wet, 0.35, 0.3), True),
        (lambda wet: echoed(wet, 0.05, 0.3), False),  # a model remembers that
        (lambda wet: reverberant(wet, 2.0, 0.5), True),
        (lambda wet: reverberant(wet, 0.05, 0.5), False),
    ],
)
def test_echo_and_reverb_are_detected_where_they_are_longer_than_the_receptive_field(dry, overdriven, change, is_seen):
    assert ("W13" in warned(dry, change(overdriven))) == is_seen


def pulses(times: list[float], seconds: float) -> Signal:
    signal = np.zeros(round(seconds * RATE), np.float32)
    note = np.exp(-np.arange(RATE) / (0.2 * RATE)) * np.sin(np.arange(RATE) * 0.3)
    for time in times:
        start = round(time * RATE)
        room = len(signal) - start
        signal[start:] += np.concatenate([note, np.zeros(max(room - RATE, 0))])[:room].astype(np.float32)
    return signal


def test_onsets_are_where_notes_begin():
    times = [0.5, 1.3, 2.6, 2.9, 4.0]
    assert onsets(pulses(times, 5), RATE) / RATE == pytest.approx(times, abs=0.05)
    assert len(onsets(pulses([], 0.01), RATE)) == 0


@pytest.mark.parametrize(
    ("test_part", "verdict"), [([41.0], "warning"), (list(np.arange(40.2, 50, 0.5)), "fine"), ([], "warning")]
)
def test_a_part_of_one_note_is_warned_about(test_part, verdict):
    signal = pulses([*np.arange(0.2, 40, 0.5), *test_part], 50)
    parts = Split((slice(0, 30 * RATE),), (slice(30 * RATE, 40 * RATE),), (slice(40 * RATE, 50 * RATE),))
    found = effect_rules.judge_parts(Sound("a.wav", signal, RATE, np.empty(0)), parts, LIMITS)
    assert [each.verdict for each in found] == ["fine", verdict]
    slow = pulses(list(np.arange(0.2, 40, 10.0)), 50)  # four notes are too few to judge
    found = effect_rules.judge_parts(Sound("a.wav", slow, RATE, np.empty(0)), parts, LIMITS)
    assert [each.verdict for each in found] == ["not judged"] * 2


@pytest.mark.parametrize("name", ["mesa_crunch", "ts9_overdrive", "princeton_clean"])
@pytest.mark.parametrize("start", [0, 45])
def test_a_swapped_real_recording_is_detected(name, start):
    (dry, rate), (wet, _) = (soundfile.read(path, dtype="float32") for path in real(name))
    part = slice(start * rate, (start + 30) * rate)
    assert warned(dry[part], wet[part], rate) == set()
    swapped = warned(wet[part], dry[part], rate, names=("output.flac", "input.flac"))
    assert "W11" in swapped
