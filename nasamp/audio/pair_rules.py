"""Checks of input against output: same take, delay, polarity, drift, repeats, memory and split (E9, E10, W1 to W10)."""

from collections.abc import Sequence

import numpy as np

from nasamp.audio.alignment import Timing
from nasamp.audio.copies import Repeat
from nasamp.audio.findings import Finding, judged
from nasamp.audio.levels import Signal, gain_drift
from nasamp.audio.pair import Pair, repeated
from nasamp.audio.partition import Partition
from nasamp.audio.split import SPLIT_PIECE_SAMPLES
from nasamp.schema.limits import Limits

_INSIDE_SECONDS, _FLOOR_SECONDS = 0.2, 1.5  # trimmed from both ends of a repeat that was found; its shortest length
_COPIED_INPUT_ESR = 1e-6  # largest for a repeat that was found, so that differences of the input are not taken as noise
_SAME_INPUT_ESR = 1e-3  # largest for a declared repeat; two plays of one file through a loopback differ by less


def judge_timing(pair: Pair, timing: Timing | None, delay: int, limits: Limits) -> list[Finding]:
    """Return E9 (same take), E10 and W1 (delay), W3 (polarity) and W6 (clock)."""
    dry, wet = pair
    if timing is None:
        return [Finding(check, "not judged", "too short or silent") for check in ("E9", "E10", "W1", "W3", "W6")]
    found = f"{wet.name}: prominence {timing.prominence:.1f}"
    if timing.prominence < limits.prominence:
        found = f"{wet.name}: output does not follow input {dry.name} (prominence {timing.prominence:.1f})"
        error = Finding("E9", "error", found, f"wrong pair of files? At least {limits.prominence:g} is expected")
        return [error, *(Finding(check, "not judged", "unrelated files") for check in ("E10", "W1", "W3", "W6"))]
    related = Finding("E9", "fine", found)
    return [
        related,
        *_delay(pair, timing.whole.lag, delay, limits),
        _polarity(pair, timing, limits),
        _clock(pair, timing, limits),
    ]


def _delay(pair: Pair, lag: int, delay: int, limits: Limits) -> list[Finding]:
    """Return E10 and W1; the advised delay keeps a margin, since an output even one sample early cannot be learned."""
    dry, wet = pair
    milliseconds = lag / dry.sample_rate * 1000
    margin = min(limits.lead_samples, int(limits.lag_ms / 2 * dry.sample_rate / 1000))
    advice = f"set data.delay={delay + lag - margin}"
    if lag < -limits.lead_samples:
        found = f"{wet.name}: output leads input by {-lag} samples ({-milliseconds:.2f} ms)"
        leads = Finding("E10", "error", found, f"a causal model cannot learn this; {advice}")
        return [leads, Finding("W1", "not judged", "the output leads")]
    found = f"{wet.name}: estimated delay {lag} samples ({milliseconds:.2f} ms)"
    follows = Finding("E10", "fine", found)
    if milliseconds <= limits.lag_ms:
        return [follows, Finding("W1", "fine", found)]
    found = f"{wet.name}: output lags by about {lag} samples ({milliseconds:.2f} ms), beyond what tone filters explain"
    return [follows, Finding("W1", "warning", found, f"{advice}; otherwise the model spends receptive field on it")]


def _polarity(pair: Pair, timing: Timing, limits: Limits) -> Finding:
    ratio = timing.whole.polarity
    found = f"{pair[1].name}: negative over positive peak of the correlation {ratio:.2f}"
    if ratio <= limits.polarity_ratio:
        return Finding("W3", "fine", found)
    return Finding("W3", "warning", f"{pair[1].name}: polarity is inverted ({ratio:.2f}); it is kept as recorded")


def _clock(pair: Pair, timing: Timing, limits: Limits) -> Finding:
    if (reason := _too_short(pair, limits)) is not None:
        return Finding("W6", "not judged", reason)
    drift = timing.clock_drift
    found = f"{pair[1].name}: the delay changes by {drift:+d} samples from the first third to the last"
    if abs(drift) <= limits.clock_drift_samples:
        return Finding("W6", "fine", found)
    return Finding("W6", "warning", f"{found}: clock drift", "play and record with one interface, at one clock")


def judge_gain(pair: Pair, limits: Limits) -> Finding:
    """Return W7: whether the gain at equal input level stays the same."""
    dry, wet = pair
    if (reason := _too_short(pair, limits)) is not None:
        return Finding("W7", "not judged", reason)
    drift = gain_drift(dry.samples, wet.samples, dry.sample_rate, limits.silence_dbfs)
    if drift is None:
        return Finding("W7", "not judged", "no input level occurs in both the first and the last third")
    found = f"{wet.name}: level drift {drift:+.1f} dB from the first third to the last, at equal input level"
    is_fine = abs(drift) <= limits.gain_drift_db
    return judged("W7", found, "was a knob moved? Record it again in one take", is_fine=is_fine)


def judge_repeat(pair: Pair, ranges: list[list[float]] | None, limits: Limits) -> Finding | None:
    """Return W8 as an error where a declared repeat is wrong, else None."""
    if ranges is None:
        return None
    dry, seconds = pair[0], len(pair[0].samples) / pair[0].sample_rate
    key = f"data.repeat={ranges}"
    if max(end for _, end in ranges) > seconds:
        return Finding("W8", "error", f"{key}: reaches beyond the recording ({seconds:.1f} s)", "shorten it")
    input_esr = _esr_between(dry.samples, repeated(ranges, dry.sample_rate))
    if input_esr <= _SAME_INPUT_ESR:
        return None
    found = f"{key}: the input differs between the two (ESR {input_esr:.2g}), so it is not a repeat"
    return Finding("W8", "error", found, "give times in s between which the input is the same, or data.repeat=null")


def longest_repeat(pair: Pair, found: Sequence[Repeat]) -> Repeat | None:
    """Return the longest repeat of equal level, its ends trimmed, or None where none is long and exact enough."""
    dry, wet = pair
    inside = round(_INSIDE_SECONDS * dry.sample_rate)
    for each in sorted(found, key=lambda each: each.first.start - each.first.stop):
        first, second = (slice(part.start + inside, part.stop - inside) for part in (each.first, each.second))
        if first.stop - first.start < _FLOOR_SECONDS * dry.sample_rate:
            return None
        inner = Repeat(first, second)
        if wet.samples[first].any() and _esr_between(dry.samples, inner) <= _COPIED_INPUT_ESR:
            return inner
    return None


def judge_floor(pair: Pair, repeat: Repeat | None, limits: Limits) -> tuple[Finding, float | None]:
    """Return W8, how much the output differs between two plays of one input, and the ESR between them."""
    if repeat is None:
        return Finding("W8", "not judged", "no repeated passage is declared (data.repeat) or found"), None
    _, wet = pair
    output_esr = _esr_between(wet.samples, repeat)
    first, second = (part.start / wet.sample_rate for part in (repeat.first, repeat.second))
    length = (repeat.first.stop - repeat.first.start) / wet.sample_rate
    found = f"{wet.name}: repeat ESR {output_esr:.2g} ({length:.1f} s at {first:.1f} and {second:.1f} s)"
    advice = "no model can get below about half of that: noise, or a modulation effect"
    return judged("W8", found, advice, is_fine=output_esr <= limits.repeat_esr), output_esr


def judge_memory(receptive_field: int, validation_samples: int, limits: Limits) -> Finding:
    """Return W9: whether a receptive field is short beside the validation part, both in samples."""
    found = f"receptive field of {receptive_field:,} samples"
    if receptive_field - 1 > limits.memory_share * validation_samples:
        advice = "raise data.validation_share or data.longest_part_seconds, or record more"
        return Finding("W9", "warning", f"{found}: long for a validation part of {validation_samples:,}", advice)
    return Finding("W9", "fine", found)


def judge_split(kind: str, parts: Partition, sample_rate: int) -> Finding:
    """Return W10: a warning about a random split, or how repeated passages changed the split."""
    built = f"the input is built like {parts.standard}; " if parts.standard else ""
    if kind == "random":
        found = (
            f"data.split=random: validation pieces of {SPLIT_PIECE_SAMPLES:,} samples lie between training pieces "
            "and hold the same notes, so validation scores are too good and favour models that overfit"
        )
        return Finding("W10", "warning", found, "use data.split=contiguous for reliable scores")
    if not parts.is_moved:
        return Finding(
            "W10", "fine", f"data.split={kind}; {built}no passage of validation or test is repeated elsewhere"
        )
    again = ", ".join(f"{each.start / sample_rate:.1f}-{each.stop / sample_rate:.1f}" for each in parts.again)
    found = f"{built}passages of validation or test are repeated at {again} s, which are left out of training"
    return Finding("W10", "note", found)


def _too_short(pair: Pair, limits: Limits) -> str | None:
    seconds = len(pair[0].samples) / pair[0].sample_rate
    return f"only {seconds:.1f} s, {limits.drift_seconds:g} s are needed" if seconds < limits.drift_seconds else None


def _esr_between(samples: Signal, repeat: Repeat) -> float:
    """Return the ESR of the second passage against the first; infinite where the first is silent."""
    one, other = (samples[part].astype(np.float64) for part in (repeat.first, repeat.second))
    energy = float(one @ one)
    return float((other - one) @ (other - one)) / energy if energy else float("inf")
