"""Checks for swapped files, a noise gate, reverb or echo, and parts with too few notes (W11 to W14)."""

import re
from pathlib import Path

from nasamp.audio.alignment import Timing
from nasamp.audio.dynamics import compression, count_within, gate_closings, onsets
from nasamp.audio.findings import Finding, judged
from nasamp.audio.pair import Pair, undelayed
from nasamp.audio.sound import Sound
from nasamp.audio.split import Split, length
from nasamp.audio.tail import tail
from nasamp.schema.limits import Limits

_DRY_WORDS = {"dry", "di", "input", "in", "clean", "direct"}
_WET_WORDS = {"wet", "amp", "output", "out", "reamp", "reamped"}
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")  # DryGuitar_in2 = Dry, Guitar, in


def judge(pair: Pair, timing: Timing | None, limits: Limits) -> list[Finding]:
    """Return W11 (swapped files), W12 (noise gate) and W13 (reverb or echo)."""
    if timing is None or timing.prominence < limits.prominence:
        reason = "too short or silent" if timing is None else "unrelated files"
        return [Finding(check, "not judged", reason) for check in ("W11", "W12", "W13")]
    aligned = undelayed(pair, timing.whole.lag)
    return [_order(aligned, timing, limits), _gate(aligned, limits), _tail(aligned, limits)]


def names_are_swapped(dry: Path, wet: Path) -> bool:
    """Return whether the file names suggest that input and output are swapped.

    >>> names_are_swapped(Path("MyAmp_reamped.wav"), Path("MyAmp_DI.wav"))
    True
    >>> names_are_swapped(Path("reamp_di.wav"), Path("clean.wav"))
    False
    """
    dry_words, wet_words = (
        {word.lower() for word in _WORD.findall(path.stem if dry.stem != wet.stem else path.parent.name)}
        for path in (dry, wet)
    )
    shared = dry_words & wet_words
    dry_words, wet_words = dry_words - shared, wet_words - shared
    input_is_wet = bool(dry_words & _WET_WORDS) and not dry_words & _DRY_WORDS
    output_is_dry = bool(wet_words & _DRY_WORDS) and not wet_words & _WET_WORDS
    return input_is_wet and output_is_dry


def _order(pair: Pair, timing: Timing, limits: Limits) -> Finding:
    """Return W11, judged by the sound, or by the file names where the sound does not contradict them."""
    dry, wet = pair
    lost = compression(dry.samples, wet.samples, timing.whole.response, dry.sample_rate)
    measured = f"compression {lost.crest_db:+.1f} dB by crest factor, {lost.spread_db:+.1f} dB by level spread"
    by_sound = lost.crest_db < -limits.swapped_crest_db and lost.spread_db < 0
    by_name = names_are_swapped(Path(dry.name), Path(wet.name)) and lost.crest_db < limits.swapped_crest_db
    if not (by_sound or by_name):
        return Finding("W11", "fine", f"{wet.name}: {measured}")
    reason = f"{measured}: the output is the less compressed one" if by_sound else "by their names"
    found = f"{dry.name} and {wet.name}: dry and wet look swapped ({reason})"
    return Finding("W11", "warning", found, "data.input is the dry guitar, data.output the amp")


def _gate(pair: Pair, limits: Limits) -> Finding:
    dry, wet = pair
    count = gate_closings(dry.samples, wet.samples, dry.sample_rate, limits.gate_fall_db)
    found = f"{wet.name}: cuts out {count:,} times while the input continues"
    if count < limits.gate_closings:
        return Finding("W12", "fine", found)
    advice = "record without it: a model with milliseconds of memory cannot know when a gate opens"
    return Finding("W12", "warning", f"{found}: a noise gate?", advice)


def _tail(pair: Pair, limits: Limits) -> Finding:
    dry, wet = pair
    late = tail(dry.samples, wet.samples, dry.sample_rate, limits.tail_ms)
    if late is None:
        return Finding("W13", "not judged", "too short")
    stands_out = late.above_db > limits.tail_db or late.peak_db > limits.echo_db
    found = f"{wet.name}: {max(late.share, 0):.1%} of its energy comes from over {limits.tail_ms:g} ms before"
    if late.share <= limits.tail_share or not stands_out:
        return Finding("W13", "fine", found)
    what = "an echo" if late.peak_db > limits.echo_db else "reverb"
    return Finding("W13", "warning", f"{found}: {what}?", "record without it: the models' memory is shorter")


def judge_parts(dry: Sound, parts: Split, limits: Limits) -> list[Finding]:
    """Return W14: whether validation and test part have as many note onsets as the rest of the recording."""
    starts, rate = onsets(dry.samples, dry.sample_rate), dry.sample_rate
    results = []
    for part in ("validation", "test"):
        pieces = getattr(parts, part)
        count, expected = count_within(starts, pieces), len(starts) * length(pieces) / len(dry.samples)
        where = f"the {part} part ({pieces[0].start / rate:.1f}-{pieces[-1].stop / rate:.1f} s)"
        found = f"{dry.name}: {where}: {count:,} note onsets, {expected:.0f} expected for its length"
        if expected < limits.fewest_notes:
            results.append(Finding("W14", "not judged", f"{found}; at least {limits.fewest_notes} are needed"))
        else:
            advice = "its scores rest on a few notes: end the recording with what matters, or move the parts"
            results.append(judged("W14", found, advice, is_fine=count >= limits.notes_share * expected))
    return results
