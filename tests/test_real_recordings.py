"""The checks on real recordings: three good ones, untouched and shifted, and one that cannot be trained on."""

from functools import cache

import numpy as np
import pytest
import soundfile
import soxr
from recordings import LIMITS, data_for, real

from nasamp.audio import pair_rules
from nasamp.audio import recording as audio
from nasamp.audio.alignment import align, timing
from nasamp.audio.examination import examine
from nasamp.audio.levels import gain_drift
from nasamp.audio.sound import Sound
from nasamp.errors import AudioError

BIAS = {"mesa_crunch": 18, "princeton_clean": 9, "ts9_overdrive": 3}  # samples; aligned by construction
INJECTED = (-40, -12, 37, 480)


@cache
def signals(name: str) -> tuple[np.ndarray, np.ndarray, int]:
    (dry, rate), (wet, _) = (soundfile.read(path, dtype="float32") for path in real(name))
    return dry, wet, rate


def delayed(wet: np.ndarray, samples: int) -> np.ndarray:
    silence = np.zeros(abs(samples), np.float32)
    return np.concatenate([silence, wet])[: len(wet)] if samples > 0 else np.concatenate([wet[-samples:], silence])


@pytest.mark.parametrize("name", BIAS)
def test_a_good_recording_gives_no_warning_but_that_its_test_part_is_a_ringing_note(name):
    recording = audio.load(data_for(*real(name)))
    warned = [line.partition("s): ")[2].partition(";")[0] for line in recording.warnings]
    assert warned == (["7 note onsets, 20 expected for its length"] if name == "ts9_overdrive" else [])
    assert recording.lag == pytest.approx(BIAS[name], abs=1)


@pytest.mark.long
@pytest.mark.parametrize("name", BIAS)
def test_injected_delays_are_found_exactly_up_to_the_offset_of_the_tone_filters(name):
    dry, wet, rate = signals(name)
    aligned = align(dry, wet, rate).lag
    assert 0 <= aligned <= BIAS[name]
    found = {delay: align(dry, delayed(wet, delay), rate).lag for delay in INJECTED}
    assert found == {delay: aligned + delay for delay in INJECTED}


@pytest.mark.parametrize("name", BIAS)
@pytest.mark.parametrize(("delay", "check"), [(-40, "E10"), (-12, None), (37, None), (480, "W1")])
def test_only_large_delays_give_a_warning(name, delay, check):
    dry, wet, rate = signals(name)
    wet = delayed(wet, delay)
    pair = (Sound("dry", dry, rate, np.array([])), Sound("wet", wet, rate, np.array([])))
    found = pair_rules.judge_timing(pair, timing(dry, wet, rate), 0, LIMITS)
    assert [each.check for each in found if each.verdict in ("error", "warning")] == ([check] if check else [])


@pytest.mark.parametrize("name", BIAS)
@pytest.mark.parametrize("millionths", [5, 50, 200])
def test_a_drifting_clock_is_noticed_and_the_files_are_not_called_unrelated(name, millionths):
    dry, wet, rate = signals(name)
    wet = soxr.resample(wet, 1e6, 1e6 + millionths)[: len(dry)]
    found = timing(dry, wet, rate)
    assert found.prominence > LIMITS.prominence
    assert found.clock_drift == pytest.approx(millionths * 1e-6 * len(dry) * 2 / 3, rel=0.2)


@pytest.mark.parametrize(("name", "other"), [("mesa_crunch", "ts9_overdrive"), ("ts9_overdrive", "princeton_clean")])
def test_the_output_of_another_take_is_refused(name, other):
    dry, wet = signals(name)[0], signals(other)[1]
    samples = min(len(dry), len(wet))
    assert timing(dry[:samples], wet[:samples], 44_100).prominence < 0.75 * LIMITS.prominence


@pytest.mark.parametrize("name", ["mesa_crunch", "ts9_overdrive"])
def test_an_inverted_polarity_is_detected_where_it_shows(name):
    dry, wet, rate = signals(name)
    assert (
        align(dry, wet, rate).polarity
        < 1 / LIMITS.polarity_ratio
        < LIMITS.polarity_ratio
        < align(dry, -wet, rate).polarity
    )


@pytest.mark.parametrize("name", BIAS)
def test_a_gain_that_rises_by_3_db_is_noticed_and_one_that_stays_is_not(name):
    dry, wet, rate = signals(name)
    louder = wet * (10 ** (np.linspace(0, 3, len(wet), dtype=np.float32) / 20))
    rising, steady = (gain_drift(dry, each, rate, LIMITS.silence_dbfs) for each in (louder, wet))
    assert 2 < rising < 2.5
    assert abs(steady) < 0.4


def test_the_misaligned_recording_is_refused_for_the_right_reasons():
    data = data_for(*real("hot_rod_misaligned"))
    verdicts = {finding.check: finding.verdict for finding in examine(data).findings}
    assert {check: verdict for check, verdict in verdicts.items() if verdict in ("error", "warning")} == {
        "E8": "error",
        "E10": "error",
        "W3": "warning",
    }
    with pytest.raises(AudioError) as refused:
        audio.load(data)
    short, leads = str(refused.value).splitlines()
    assert "only 4.8 s" in short
    assert "output leads input by 25 samples (0.57 ms)" in leads
