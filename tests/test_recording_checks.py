"""Each check of a recording: one recording beyond its limit, and one within it."""

from dataclasses import replace

import numpy as np
import pytest
import soxr
from recordings import LIMITS, data_for, data_of
from scipy.signal import lfilter
from spoiled import (
    RATE,
    Signal,
    at_level,
    backwards,
    broken,
    first,
    flat_tops,
    inverted,
    late_half,
    later,
    longer,
    noisy,
    offset,
    resting,
    stereo,
    untouched,
)

from nasamp.audio import pair_rules
from nasamp.audio.examination import examine
from nasamp.audio.findings import CHECKS, Finding
from nasamp.audio.guitar import performance

SECONDS = 62


@pytest.fixture(scope="module")
def guitar() -> tuple[Signal, Signal]:
    """Return a built-in guitar, and the same through a soft clipper and a tone filter."""
    dry = performance(SECONDS, RATE).astype(np.float32)
    return dry, lfilter([0.15], [1, -0.7], np.tanh(4 * dry)).astype(np.float32)


def findings(tmp_path, dry: Signal, wet: Signal, **changes) -> dict[str, Finding]:
    """Return the most severe finding of each check."""
    found = examine(data_of(tmp_path, dry, wet, rates=(RATE, RATE), **changes)).findings
    order = ["not judged", "fine", "warning", "error"]
    return {each.check: each for each in sorted(found, key=lambda each: order.index(each.verdict))}


# check, what is done, the verdict, and words of the finding. The guitar's own delay is estimated as 1 sample.
CASES = [
    ("E4", longer(-0.01), "error", "-0.010 s (-160 samples) against the input"),
    ("E4", longer(1.1), "error", "or set data.trim=true"),
    ("E4", longer(0.9), "warning", "+0.900 s (+14400 samples)"),
    ("E4", untouched, "fine", "62.000 s"),
    ("E5", stereo(2e-4), "error", "choose data.channel=left or data.channel=right"),
    ("E5", stereo(5e-5), "warning", "2 equal channels; the left is used"),
    ("E5", untouched, "fine", "mono"),
    ("E6", broken, "error", "1 non-finite samples, the first at 1.000 s"),
    ("E6", untouched, "fine", "every sample is a number"),
    ("E7", at_level(-60.5), "error", "silent (-60.5 dBFS)"),
    ("E7", at_level(-56.0), "fine", "dBFS"),
    ("E8", first(9.9), "error", "only 9.9 s; at least 10 s are needed, 60-180 s recommended"),
    ("E8", first(10.1), "warning", "only 10.1 s; 60-180 s are recommended"),
    ("E8", first(59.9), "warning", "only 59.9 s"),
    ("E8", first(60.1), "fine", "60.1 s"),
    ("E9", backwards, "error", "output does not follow input"),
    ("E9", noisy, "fine", "prominence"),
    ("E10", later(-22), "error", "output leads input by 21 samples (1.31 ms)"),
    ("E10", later(-21), "fine", "estimated delay -20 samples"),
    ("W1", later(32), "warning", "output lags by about 33 samples (2.06 ms), beyond what tone filters explain"),
    ("W1", later(31), "fine", "estimated delay 32 samples (2.00 ms)"),
    ("W2", flat_tops(2, 3), "warning", "2 clipped runs, the first at 0.062 s"),
    ("W2", flat_tops(1, 3), "fine", "no clipped runs"),
    ("W2", flat_tops(9, 2), "fine", "no clipped runs"),
    ("W3", inverted, "warning", "polarity is inverted"),
    ("W3", untouched, "fine", "negative over positive peak"),
    ("W4", offset(0.06), "warning", "6.0% of the RMS"),
    ("W4", offset(0.04), "fine", "4.0% of the RMS"),
    ("W5", resting(0.55), "warning", "silence"),
    ("W5", resting(0.40), "fine", "silence"),
    ("W6", late_half(samples=2), "warning", "by +2 samples from the first third to the last: clock drift"),
    ("W6", late_half(samples=1), "fine", "by +1 samples"),
    ("W7", late_half(gain_db=1.2), "warning", "level drift +1.2 dB"),
    ("W7", late_half(gain_db=-1.2), "warning", "was a knob moved?"),
    ("W7", late_half(gain_db=0.9), "fine", "level drift +0.9 dB"),
]


@pytest.mark.parametrize(
    ("check", "change", "verdict", "words"),
    CASES,
    ids=[f"{check} {verdict} {i}" for i, (check, _, verdict, _) in enumerate(CASES)],
)
def test_a_check_reports_beyond_its_limit_and_not_before(tmp_path, guitar, check, change, verdict, words):
    found = findings(tmp_path, *change(*guitar))[check]
    assert (found.verdict, words in found.line) == (verdict, True), found


def test_a_good_recording_is_fine_in_every_check_of_it(tmp_path, guitar):
    verdicts = {check: finding.verdict for check, finding in findings(tmp_path, *guitar).items()}
    fine = dict.fromkeys(CHECKS, "fine") | {"W8": "not judged"}  # no repeat is declared
    assert verdicts == {check: verdict for check, verdict in fine.items() if check != "W9"}  # W9 is about models


def test_different_or_unexpected_rates_are_refused_with_both_solutions(tmp_path, guitar):
    dry, wet = (signal[: 12 * RATE] for signal in guitar)
    data = data_of(tmp_path, dry, wet, rates=(RATE, 22_050))
    found = {finding.check: finding for finding in examine(data).findings}
    assert found["E2"].verdict == "error"
    assert "16000 Hz, but" in found["E2"].line
    assert found["E2"].line.endswith("export both again at one rate, or set data.resample=16000")
    assert "E9" not in found  # the pair cannot be judged
    found = findings(tmp_path, dry, wet, sample_rate=48_000)
    assert found["E3"].line.endswith("set data.sample_rate=16000 or data.resample=48000")
    assert {findings(tmp_path, dry, wet, sample_rate=RATE)[check].verdict for check in ("E2", "E3")} == {"fine"}


def test_drifts_of_short_recordings_are_not_judged(tmp_path, guitar):
    found = findings(tmp_path, *late_half(samples=4, gain_db=4)(*(signal[: 59 * RATE] for signal in guitar)))
    assert [found[check].line for check in ("W6", "W7")] == ["only 59.0 s, 60 s are needed"] * 2


def test_a_clock_that_drifts_is_measured_and_the_files_still_count_as_a_pair(tmp_path, guitar):
    dry, wet = guitar
    wet = soxr.resample(wet, 1e6, 1e6 * (1 + 20e-6))[: len(dry)]
    found = findings(tmp_path, dry[: len(wet)], wet)
    assert found["E9"].verdict == "fine"
    drift = int(found["W6"].found.partition("changes by ")[2].split()[0])
    assert drift == pytest.approx(20e-6 * len(dry) * 2 / 3, abs=2)


@pytest.mark.parametrize("moment", [0.25, 1.0, 1.9])
@pytest.mark.parametrize("sign", [1, -1])
def test_delays_of_up_to_two_seconds_are_found_to_the_sample(tmp_path, guitar, moment, sign):
    delay = sign * round(moment * RATE)
    found = findings(tmp_path, *later(delay - 1)(*guitar))["E10" if sign < 0 else "W1"]
    assert f"{abs(delay)} samples" in found.found


def test_the_advised_delay_keeps_a_margin_and_removes_the_warning(tmp_path, guitar):
    """Without the margin the output would lead wherever a tone filter moved the peak."""
    for shift, check in ((-100, "E10"), (400, "W1")):
        dry, wet = later(shift)(*guitar)
        line = findings(tmp_path, dry, wet)[check].line
        advised = int(line.partition("set data.delay=")[2].partition(";")[0])
        assert 0 <= shift - advised <= LIMITS.lead_samples
        found = findings(tmp_path, dry, wet, delay=advised)
        assert {found[each].verdict for each in ("E10", "W1")} == {"fine"}


def test_an_asymmetric_clipping_is_seen_below_the_larger_peak_of_the_other_side(tmp_path, guitar):
    dry, wet = guitar
    wet = np.maximum(wet, np.float32(-0.1))
    assert findings(tmp_path, dry, wet)["W2"].verdict == "warning"


def test_a_single_peak_at_full_scale_is_not_clipping(tmp_path, guitar):
    dry, wet = guitar
    assert findings(tmp_path, dry, wet / np.abs(wet).max())["W2"].verdict == "fine"


def test_samples_beyond_full_scale_are_clipping_wherever_they_go_next(tmp_path, guitar):
    dry, wet = guitar
    assert findings(tmp_path, dry, wet / np.float32(0.5 * np.abs(wet).max()))["W2"].verdict == "warning"


# A declared repeat


def repeated(guitar: tuple[Signal, Signal], esr: float) -> tuple[Signal, Signal]:
    """Return a recording that plays 2-6 s again at 20-24 s, with noise of that ESR in the second time."""
    dry, wet = (signal[: 30 * RATE].copy() for signal in guitar)
    for signal in (dry, wet):
        signal[20 * RATE : 24 * RATE] = signal[2 * RATE : 6 * RATE]
    hiss = np.random.default_rng(0).normal(0, np.sqrt(esr * np.mean(wet[2 * RATE : 6 * RATE] ** 2)), 4 * RATE)
    wet[20 * RATE : 24 * RATE] += hiss.astype(np.float32)
    return dry, wet


@pytest.mark.parametrize(("esr", "verdict"), [(0.012, "warning"), (0.008, "fine")])
def test_the_difference_between_two_takes_of_a_repeat_sets_the_noise_floor(tmp_path, guitar, esr, verdict):
    data = data_of(tmp_path, *repeated(guitar, esr), rates=(RATE, RATE), repeat=[[2, 6], [20, 24]])
    found = examine(data)
    assert found.repeat_esr == pytest.approx(esr, rel=0.02)
    assert next(finding.verdict for finding in found.findings if finding.check == "W8") == verdict


@pytest.mark.parametrize(
    ("repeat", "words"),
    [([[2, 6], [21, 25]], "the input differs between the two"), ([[2, 6], [28, 32]], "reaches beyond the recording")],
)
def test_a_declared_repeat_that_is_not_one_is_refused(tmp_path, guitar, repeat, words):
    found = findings(tmp_path, *repeated(guitar, 0.0), repeat=repeat)["W8"]
    assert (found.verdict, words in found.line) == ("error", True)


# What depends on the model, and on the split


@pytest.mark.parametrize(
    ("receptive_field", "verdict", "words"),
    [(7502, "warning", "long for a validation part of 30,000"), (7501, "fine", "")],
)
def test_a_memory_of_more_than_a_quarter_of_the_validation_part_is_warned_about(receptive_field, verdict, words):
    found = pair_rules.judge_memory(receptive_field, 30_000, LIMITS)
    assert (found.verdict, words in found.line) == (verdict, True)


def test_a_random_split_is_warned_about_with_the_reason(tmp_path, guitar):
    found = findings(tmp_path, *guitar, split="random")["W10"]
    assert found.verdict == "warning"
    assert "hold the same notes" in found.line


def test_a_limit_can_be_moved(tmp_path, guitar):
    strict = replace(LIMITS, dc_share=0.001)
    assert findings(tmp_path, *offset(0.02)(*guitar), limits=strict)["W4"].verdict == "warning"


def test_an_unreadable_file_does_not_hide_the_faults_of_the_other(tmp_path, guitar):
    data = data_of(tmp_path, *guitar, rates=(RATE, RATE))
    quiet = data_of(tmp_path, guitar[0], guitar[1] * np.float32(1e-5), rates=(RATE, RATE))
    found = examine(data_for(tmp_path / "absent.wav", quiet.output)).findings
    assert data.output == quiet.output
    assert [finding.check for finding in found if finding.verdict == "error"] == ["E1", "E7"]
