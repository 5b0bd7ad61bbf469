"""Runs all checks of a recording; an error does not hide the ones after it."""

from dataclasses import dataclass

from nasamp.audio import effect_rules, pair_rules, repeats, sound_rules
from nasamp.audio.alignment import Timing, timing
from nasamp.audio.copies import Repeat
from nasamp.audio.files import files, rates
from nasamp.audio.findings import Finding, with_verdict
from nasamp.audio.pair import Pair, equally_long, repeated, resampled, shortened, undelayed
from nasamp.audio.partition import Partition, partition
from nasamp.audio.sound import Sound, read
from nasamp.audio.split import Split
from nasamp.schema import Data


@dataclass(frozen=True)
class Examination:
    """The results of all checks of a recording.

    Attributes:
        findings: of every check, including those that passed.
        pair: both signals as used for training, before scaling; None where they do not fit together.
        timing: delay and clock drift; None where they could not be estimated.
        repeat: two passages with the same input, declared or found; None without one, or with errors.
        repeat_esr: ESR between the output at these two passages; None without a repeat.
        parts: for training, validation and test; None with errors.
    """

    findings: tuple[Finding, ...]
    pair: Pair | None = None
    timing: Timing | None = None
    repeat: Repeat | None = None
    repeat_esr: float | None = None
    parts: Partition | None = None


def examine(data: Data) -> Examination:
    """Read a recording and return the results of all checks that its errors allow."""
    pair, findings, sounds = _prepare(data)
    limits = data.limits
    for sound in pair or sounds:
        findings += sound_rules.judge(sound, limits)
    if pair is None:
        return Examination(tuple(findings))
    seconds = len(pair[0].samples) / pair[0].sample_rate
    findings.append(sound_rules.duration(seconds, (sounds[0], sounds[1]), data.delay, limits))
    found = timing(pair[0].samples, pair[1].samples, pair[0].sample_rate)
    findings += pair_rules.judge_timing(pair, found, data.delay, limits)
    findings.append(pair_rules.judge_gain(_aligned(pair, found), limits))
    findings += effect_rules.judge(pair, found, limits)
    if (no_repeat := pair_rules.judge_repeat(pair, data.repeat, limits)) is not None:
        return Examination((*findings, no_repeat), pair, found)
    declared = repeated(data.repeat, pair[0].sample_rate) if data.repeat else None
    detected = () if data.device else repeats.find(pair[0].samples, pair[0].sample_rate)
    repeat = declared or pair_rules.longest_repeat(pair, detected)
    floor, repeat_esr = pair_rules.judge_floor(pair, repeat, limits)
    findings.append(floor)
    if with_verdict("error", findings):
        return Examination(tuple(findings), pair, found)
    parts = partition(data, pair[0].samples, pair[0].sample_rate, [*detected, *([declared] if declared else [])])
    findings += [
        pair_rules.judge_split(data.split, parts, pair[0].sample_rate),
        *_judge_parts(pair[1], parts.split, data),
        *effect_rules.judge_parts(pair[0], parts.split, limits),
    ]
    return Examination(tuple(findings), pair, found, repeat, repeat_esr, parts)


def _prepare(data: Data) -> tuple[Pair | None, list[Finding], list[Sound]]:
    """Read both files, bring them to one rate and length, and remove the declared delay.

    Returns:
        The pair, or None where the files do not fit together; the findings E1 to E6 and W2; the sounds that were read.

    Raises:
        AudioError: where data.delay is longer than the recording.
    """
    paths = files(data)
    found = [read(path, data.channel, data.limits) for path in paths]
    findings = [finding for _, group in found for finding in group]
    sounds = [sound for sound, _ in found if sound]
    if len(sounds) < 2:
        return None, findings, sounds
    dry, wet = sounds
    of_rates = rates(paths, dry.sample_rate, wet.sample_rate, data)
    findings += of_rates
    if any(finding.check == "E2" and finding.verdict == "error" for finding in of_rates):
        return None, findings, sounds
    pair, of_length = equally_long(resampled((dry, wet), data.resample), data)
    return shortened(undelayed(pair, data.delay), data.seconds), [*findings, of_length], sounds


def _aligned(pair: Pair, found: Timing | None) -> Pair:
    return undelayed(pair, found.whole.lag) if found else pair


def _judge_parts(wet: Sound, parts: Split, data: Data) -> list[Finding]:
    """Return E7 for the validation and the test part: whether they are more than silence."""
    rate, judged = wet.sample_rate, []
    for part in ("validation", "test"):
        pieces = getattr(parts, part)
        where = f"{wet.name}: the {part} part ({pieces[0].start / rate:.1f}-{pieces[-1].stop / rate:.1f} s)"
        judged.append(sound_rules.audible(wet, pieces, where, data.limits))
    return judged
