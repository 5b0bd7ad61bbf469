"""Validation and test passages are not in the training part, even if the dry signal repeats them."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soxr
from capture_signals import RATE, guitar, proteus, v1, v2, v3
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from recordings import data_for, data_of, real
from scipy.signal import lfilter

from nasamp.audio import prepared, repeats
from nasamp.audio import recording as audio
from nasamp.audio.copies import Repeat
from nasamp.audio.partition import partition
from nasamp.audio.split import Split, configured_split, length
from nasamp.errors import AudioError
from nasamp.schema import Data
from nasamp.search.jobs import ledger

Signal = np.ndarray
SHIPPED = data_for(Path("dry.wav"), Path("wet.wav"))


def amp(dry: Signal) -> Signal:
    return lfilter([0.15], [1, -0.7], np.tanh(4 * dry)).astype(np.float32)


def played(dry: Signal, *moves: tuple[float, float, float], gain: float = 1.0, rate: int = RATE) -> Signal:
    """Return the signal with passages played again: from, to, and their length, in s."""
    again = dry.copy()
    for start, second, seconds in moves:
        one, other, count = (round(each * rate) for each in (start, second, seconds))
        again[other : other + count] = gain * again[one : one + count]
    return again


def sources(samples: int, *moves: tuple[float, float, float], rate: int = RATE) -> Signal:
    """Return for each sample which sample of the music it is: copies have that of what they are a copy of."""
    return played(np.arange(samples), *moves, rate=rate)


def held(source: Signal, parts: tuple[slice, ...]) -> set[int]:
    return set(np.concatenate([source[part] for part in parts]).tolist())


def parts_of(dry: Signal, data: Data = SHIPPED, rate: int = RATE) -> Split:
    return partition(data, dry, rate, repeats.find(dry, rate)).split


def assert_nothing_leaks(split: Split, source: Signal) -> None:
    train, validation, test = (held(source, part) for part in vars(split).values())
    assert not train & (validation | test)
    assert not validation & test


# Passages that are copies

MUSIC = guitar(RATE)[: 120 * RATE]


@given(
    seconds=st.floats(2, 40),  # of shorter ones some are missed, such as 1.25 s from 14.7 s again as the last 1.25 s
    start=st.floats(0, 1),
    judged=st.floats(0, 1),
    gain=st.floats(0.2, 1.5).map(lambda gain: round(gain, 3)),
)
@example(seconds=60.0, start=0.0, judged=1.0, gain=1.0)
@example(seconds=1.0, start=0.3, judged=0.7, gain=0.5)
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_a_repeated_passage_of_two_seconds_or_more_leaks_nothing_into_training(seconds, start, judged, gain):
    begin = start * (120 - 2 * seconds)
    second = begin + seconds + judged * (120 - begin - 2 * seconds)
    move = (begin, second, seconds)
    assert_nothing_leaks(parts_of(played(MUSIC, move, gain=gain)), sources(len(MUSIC), move))


def test_three_copies_are_all_kept_out_of_training():
    moves = ((101.3, 20.07, 4.0), (101.3, 55.501, 4.0))
    split = parts_of(played(MUSIC, *moves))
    assert_nothing_leaks(split, sources(len(MUSIC), *moves))
    assert len(split.train) == 3


def test_the_validation_part_moves_away_from_copies_of_the_test_part():
    move = (96.0, 110.0, 8.0)
    split, plain = parts_of(played(MUSIC, move)), configured_split(SHIPPED, len(MUSIC), RATE)
    assert_nothing_leaks(split, sources(len(MUSIC), move))
    assert split.test == plain.test
    assert split.validation[0].stop < 96 * RATE
    assert split.validation[0].stop - split.validation[0].start == plain.validation[0].stop - plain.validation[0].start


def test_the_gap_is_kept_around_copies_as_around_parts():
    data = replace(SHIPPED, gap_seconds=0.5)
    split = parts_of(played(MUSIC, (30.0, 110.0, 5.0)), data)
    first, second = split.train
    assert first.stop <= 29.5 * RATE
    assert second.start >= 35.5 * RATE


@pytest.mark.parametrize("again", [24_000, 22_050], ids=["integer ratio", "fraction of a sample"])
def test_copies_are_found_after_resampling(again):
    move = (20.013, 110.0, 6.0)
    dry = soxr.resample(played(MUSIC, move), RATE, again).astype(np.float32)
    assert_nothing_leaks(parts_of(dry, rate=again), sources(len(dry), move, rate=again))


def test_a_16_bit_copy_at_another_level_is_found():
    move = (20.0, 110.0, 6.0)
    dry = np.round(played(MUSIC, move, gain=0.3) * 2**15).astype(np.float32) / 2**15
    assert_nothing_leaks(parts_of(dry), sources(len(dry), move))


def test_a_random_split_keeps_copies_apart_too():
    move = (20.0, 40.0, 15.0), (60.0, 112.0, 6.0)
    split = parts_of(played(MUSIC, *move), replace(SHIPPED, split="random"))
    assert_nothing_leaks(split, sources(len(MUSIC), *move))


def test_a_declared_repeat_counts_even_where_it_could_not_be_found(tmp_path):
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(4 * RATE) / RATE).astype(np.float32)
    dry = MUSIC[: 60 * RATE].copy()
    dry[10 * RATE : 14 * RATE] = dry[55 * RATE : 59 * RATE] = tone
    loaded = audio.load(data_of(tmp_path, dry, amp(dry), rates=(RATE, RATE), repeat=[[55, 59], [10, 14]]))
    assert_nothing_leaks(loaded.split, sources(len(dry), (10, 55, 4)))


def test_music_that_repeats_one_loop_is_refused_with_the_reason():
    loop = np.tile(guitar(RATE)[20 * RATE : 26 * RATE], 10)
    with pytest.raises(AudioError, match=r"the training part would get 0, since the input keeps repeating passages"):
        parts_of(loop)


def test_a_validation_part_without_a_free_range_of_its_length_takes_several():
    moves = tuple((115.0, 5.0 * bar, 1.5) for bar in range(22))
    split, plain = parts_of(played(MUSIC, *moves)), configured_split(SHIPPED, len(MUSIC), RATE)
    assert_nothing_leaks(split, sources(len(MUSIC), *moves))
    assert length(split.validation) == length(plain.validation)
    assert len(split.validation) > 1


# What is no copy


def silence_and_hum() -> Signal:
    dry = MUSIC * (np.arange(len(MUSIC)) // RATE % 4 == 0)
    return (dry + 1e-3 * np.sin(2 * np.pi * 50 * np.arange(len(dry)) / RATE)).astype(np.float32)


def noise_in_the_rests() -> Signal:
    return (silence_and_hum() + np.random.default_rng(1).normal(0, 1e-3, len(MUSIC))).astype(np.float32)


def steady(*hertz: float) -> Signal:
    return sum(0.2 * np.sin(2 * np.pi * each * np.arange(60 * RATE) / RATE) for each in hertz).astype(np.float32)


@pytest.mark.parametrize(
    "dry",
    [
        MUSIC,
        np.zeros(20 * RATE, np.float32),
        MUSIC[: RATE // 2],
        silence_and_hum(),
        noise_in_the_rests(),
        steady(443.17),
        steady(82.4),
        steady(110.3, 164.7, 220.9, 331.3),
        np.random.default_rng(0).normal(0, 0.1, 60 * RATE).astype(np.float32),
    ],
    ids=["guitar", "silence", "half a second", "hum", "hiss", "tone", "low tone", "organ", "noise"],
)
def test_similar_but_different_passages_are_not_repeats(dry):
    assert repeats.find(dry, RATE) == ()


def test_a_riff_played_twice_by_hand_is_not_a_copy():
    """The same notes, each slightly off in time, pitch and level, as when played by hand."""
    generator, riff = np.random.default_rng(5), guitar(RATE)[20 * RATE : 28 * RATE]
    dry = MUSIC.copy()
    for note, piece in enumerate(np.split(riff, 16)):
        off = soxr.resample(piece, RATE, RATE * (1 + generator.choice([-1, 1]) * generator.uniform(0.001, 0.004)))
        start = 105 * RATE + note * RATE // 2 + generator.integers(-160, 160)
        dry[start : start + len(off)] = 10 ** (generator.uniform(-2, 2) / 20) * off
    dry[20 * RATE : 28 * RATE] = riff
    assert repeats.find(dry, RATE) == ()


@pytest.mark.parametrize("name", ["mesa_crunch", "princeton_clean", "ts9_overdrive"])
def test_real_recordings_keep_their_parts_and_their_identity(name):
    data = data_for(*real(name))
    recording = audio.load(data)
    assert recording.split == configured_split(data, len(recording.input), recording.sample_rate)
    assert recording.identity == recording.digest
    assert (recording.notes, recording.repeat) == ((), None)


@pytest.mark.parametrize("change", [{}, {"validation_share": 0.2, "gap_seconds": 1.0}, {"split": "random"}])
def test_the_built_in_recording_keeps_its_parts(cache, change):
    data = data_for(None, None, device="screamer", seconds=12.0, sample_rate=44_100, cache=cache, **change)
    recording = audio.load(data)
    assert recording.split == configured_split(data, len(recording.input), 44_100)
    assert recording.identity == recording.digest


# The signals that captures are made with


@pytest.mark.parametrize(("dry", "first", "second"), [(v3(), 0, 181), (v2(), 171, 180)], ids=["NAM's v3", "NAM's v2"])
def test_a_standard_capture_signal_is_tested_only_on_the_repeat_of_its_passage(tmp_path, dry, first, second):
    recording = audio.load(data_of(tmp_path, dry, amp(dry), rates=(RATE, RATE)))
    assert recording.split.test == (slice(second * RATE, (second + 9) * RATE),)
    assert_nothing_leaks(recording.split, sources(len(dry), (first, second, 9)))
    assert sum(piece.stop - piece.start for piece in recording.split.train) > 145 * RATE
    assert "the input is built like NAM's v" in recording.notes[0]
    assert recording.repeat_esr == 0
    assert recording.repeat[1].start - recording.repeat[0].start == (second - first) * RATE


@pytest.mark.parametrize("make", [v3, v2])
@pytest.mark.parametrize(
    "change",
    [
        lambda dry: 0.25 * dry,
        lambda dry: np.round(dry * 2**15).astype(np.float32) / 2**15,
        lambda dry: dry[round(0.2 * RATE) :],
        lambda dry: dry[: round(-0.3 * RATE)],
        lambda dry: np.concatenate([np.zeros(RATE // 3, np.float32), dry]),
        lambda dry: soxr.resample(soxr.resample(dry, RATE, 14_700), 14_700, RATE).astype(np.float32),
    ],
    ids=["quieter", "16 bit", "begun later", "ended earlier", "after a pause", "resampled"],
)
def test_a_standard_capture_signal_is_recognized_in_usual_variants(make, change):
    dry = change(make())
    known = partition(SHIPPED, dry, RATE, repeats.find(dry, RATE))
    assert known.standard == f"NAM's {make.__name__} signal"
    assert known.split.test[0].stop - known.split.test[0].start > 8.5 * RATE


@pytest.mark.parametrize(("make", "name"), [(v1, "NAM's v1 signal"), (proteus, "Proteus' signal")])
def test_a_standard_capture_signal_without_a_repeat_is_named_and_keeps_its_parts(make, name):
    dry = make()
    known = partition(SHIPPED, dry, RATE, repeats.find(dry, RATE))
    assert (known.standard, known.is_moved) == (name, False)
    assert known.split == configured_split(SHIPPED, len(dry), RATE)


def test_the_longest_part_holds_for_standard_signals_too():
    split = parts_of(v3(), replace(SHIPPED, longest_part_seconds=4))
    assert split.test == (slice(186 * RATE, 190 * RATE),)
    assert split.validation[0].stop - split.validation[0].start == 4 * RATE


# Jobs and folders


@pytest.fixture
def repeating(tmp_path) -> audio.Recording:
    dry = played(MUSIC, (20.0, 110.0, 6.0))
    return audio.load(data_of(tmp_path, dry, amp(dry), rates=(RATE, RATE)))


def test_moved_parts_change_the_identity_of_a_job_and_are_read_back_from_disk(tmp_path, repeating):
    assert repeating.is_moved
    assert repeating.identity != repeating.digest
    assert prepared.read(prepared.write(repeating, tmp_path)).identity == repeating.identity
    assert "are repeated at" in repeating.facts["notes"][0]


def test_a_repeat_inside_of_the_training_part_moves_nothing_and_shows_the_floor(tmp_path):
    dry = played(MUSIC, (20.0, 60.0, 6.0))
    recording = audio.load(data_of(tmp_path, dry, amp(dry), rates=(RATE, RATE)))
    assert recording.split == configured_split(SHIPPED, len(dry), RATE)
    assert recording.identity == recording.digest
    assert recording.repeat_esr is not None


@pytest.mark.parametrize("gain", [1e-30, 1e-40, 1e6])
def test_repeats_are_found_at_any_level(gain):
    noise = np.random.default_rng(0).uniform(-1, 1, 12 * RATE).astype(np.float32)
    assert repeats.find(noise * np.float32(gain), RATE) == ()


def test_repeats_are_found_to_the_sample():
    (found,) = repeats.find(played(MUSIC, (20.0, 60.00625, 6.0), gain=0.5), RATE)
    assert isinstance(found, Repeat)
    assert found.offset == round(40.00625 * RATE)
    assert found.gain == pytest.approx(0.5, rel=1e-4)


@pytest.mark.long
def test_a_search_reports_moved_parts_and_does_not_overwrite_results_of_the_old_parts(tmp_path):
    dry = played(MUSIC[: 15 * RATE], (2.0, 13.5, 1.3))
    data = data_of(tmp_path, dry, amp(dry), rates=(RATE, RATE))
    command = [sys.executable, "-m", "nasamp", "model.layers=3", "model.channels=4", "phase=smoke", "launcher=basic"]
    command += ["logger=none", "data=recording", f"data.input={data.input}", f"data.output={data.output}"]

    def run(*changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, *changes], cwd=tmp_path, capture_output=True, text=True, check=False)

    first = run()
    assert first.returncode == 0, first.stderr
    assert "note: passages of validation or test are repeated at" in first.stdout
    (path,) = (tmp_path / "results" / "single").glob(f"*/*/{ledger.RESULT}")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"identity": "of other parts"}))
    refused = run()
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
    assert "search.name=" in refused.stderr
    assert run("search.on_change=force").returncode == 0
