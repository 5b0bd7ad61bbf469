"""What two signals can be blamed for together: another take, delay, polarity, drifts, a repeat that is none."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nasamp.audio.alignment import Timing
from nasamp.audio.copies import Repeat
from nasamp.audio.findings import Finding
from nasamp.audio.levels import gain_drift
from nasamp.audio.pair import Pair, repeated
from nasamp.audio.partition import Partition
from nasamp.audio.split import PIECE_SAMPLES
from nasamp.schema.limits import Limits

_INSIDE_SECONDS, _FLOOR_SECONDS = 0.2, 1.5  # of a repeat that was found: its ends are left out; the least that counts
_COPIED_INPUT_ESR = 1e-6  # of a repeat that was found: what the input differs by must not count as noise of the amp
_SAME_INPUT_ESR = 1e-3  # two plays of one file differ by less, even through an interface's loopback


def judge_timing(pair: Pair, timing: Timing | None, delay: int, limits: Limits) -> list[Finding]:
    """Return E9, and where the output follows the input E10, W1, W3 and W6."""
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
    """Return E10 and W1; the advice leaves what tone filters may hide, since a sample too early ruins a model."""
    dry, wet = pair
    milliseconds = lag / dry.sample_rate * 1000
    margin = min(limits.lead_samples, int(limits.lag_ms / 2 * dry.sample_rate / 1000))
    advice = f"set data.delay={delay + lag - margin}"
    if lag < -limits.lead_samples:
        found = f"{wet.name}: output leads input by {-lag} samples ({-milliseconds:.2f} ms)"
        leads = Finding("E10", "error", found, f"a causal model cannot learn this; {advice}")
        return [leads, Finding("W1", "not judged", "the output comes first")]
    found = f"{wet.name}: estimated delay {lag} samples ({milliseconds:.2f} ms)"
    follows = Finding("E10", "fine", found)
    if milliseconds <= limits.lag_ms:
        return [follows, Finding("W1", "fine", found)]
    found = f"{wet.name}: output lags by about {lag} samples ({milliseconds:.2f} ms), beyond what tone filters explain"
    return [follows, Finding("W1", "warning", found, f"{advice}; the model otherwise spends receptive field on it")]


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
    """Return whether the gain at equal input level stays the same (W7)."""
    dry, wet = pair
    if (reason := _too_short(pair, limits)) is not None:
        return Finding("W7", "not judged", reason)
    drift = gain_drift(dry.samples, wet.samples, dry.sample_rate, limits.silence_dbfs)
    if drift is None:
        return Finding("W7", "not judged", "no input level occurs in both the first and the last third")
    found = f"{wet.name}: level drift {drift:+.1f} dB from the first third to the last, at equal input level"
    if abs(drift) <= limits.gain_drift_db:
        return Finding("W7", "fine", found)
    return Finding("W7", "warning", found, "was a knob moved? Record it again in one go")


def judge_repeat(pair: Pair, ranges: list[list[float]] | None, limits: Limits) -> Finding | None:
    """Return the error (W8) of a declared repeat that is none; None where it is one, or none is declared."""
    if ranges is None:
        return None
    dry, seconds = pair[0], len(pair[0].samples) / pair[0].sample_rate
    key = f"data.repeat={ranges}"
    if max(end for _, end in ranges) > seconds:
        return Finding("W8", "error", f"{key}: reaches beyond the recording ({seconds:.1f} s)", "shorten it")
    input_esr = _esr_between(dry.samples, repeated(ranges, dry.sample_rate))
    if input_esr <= _SAME_INPUT_ESR:
        return None
    found = f"{key}: the input differs between the two (ESR {input_esr:.2g}), so it is no repeat"
    return Finding("W8", "error", found, "give the s at which it plays the same, or data.repeat=null")


def longest_repeat(pair: Pair, found: Sequence[Repeat]) -> Repeat | None:
    """Return the longest repeat at one level, without its ends, by which the output can be compared with itself."""
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
    """Return how far the output differs from itself (W8), and the ESR of its second time against its first."""
    if repeat is None:
        return Finding("W8", "not judged", "no passage is declared (data.repeat) or found to be played twice"), None
    _, wet = pair
    output_esr = _esr_between(wet.samples, repeat)
    first, second = (part.start / wet.sample_rate for part in (repeat.first, repeat.second))
    length = (repeat.first.stop - repeat.first.start) / wet.sample_rate
    found = f"{wet.name}: repeat ESR {output_esr:.2g} ({length:.1f} s at {first:.1f} and {second:.1f} s)"
    if output_esr <= limits.repeat_esr:
        return Finding("W8", "fine", found), output_esr
    advice = "no model gets below about half of that: noise, or an effect that moves by itself"
    return Finding("W8", "warning", found, advice), output_esr


def judge_memory(receptive_field: int, segment_samples: int, validation_samples: int, limits: Limits) -> Finding:
    """Return whether a model's memory fits the segments and the validation part (W9), all in samples."""
    found = f"receptive field of {receptive_field:,} samples"
    if receptive_field > segment_samples:
        advice = f"set recipe.segment_samples to {2 * receptive_field:,} or more: most of the work is context"
        return Finding("W9", "warning", f"{found}: longer than a segment of {segment_samples:,}", advice)
    if receptive_field - 1 > limits.memory_share * validation_samples:
        advice = "raise data.validation_share or data.longest_part_seconds, or record more"
        return Finding("W9", "warning", f"{found}: long against a validation part of {validation_samples:,}", advice)
    return Finding("W9", "fine", found)


def judge_split(kind: str, parts: Partition, sample_rate: int) -> Finding:
    """Return W10: why a random split flatters, or what was done about passages that are played more than once."""
    built = f"the input is built like {parts.standard}; " if parts.standard else ""
    if kind == "random":
        found = (
            f"data.split=random: pieces of {PIECE_SAMPLES:,} samples between the training pieces are the validation "
            "part; it hears the same notes as the training, so its numbers flatter and prefer models that learn by "
            "heart"
        )
        return Finding("W10", "warning", found, "use data.split=contiguous for numbers to be believed")
    if not parts.is_moved:
        return Finding("W10", "fine", f"data.split={kind}; {built}no passage of validation or test is played elsewhere")
    again = ", ".join(f"{each.start / sample_rate:.1f}-{each.stop / sample_rate:.1f}" for each in parts.again)
    found = f"{built}passages of validation or test are played again at {again} s: nothing there is trained on"
    return Finding("W10", "note", found)


def _too_short(pair: Pair, limits: Limits) -> str | None:
    seconds = len(pair[0].samples) / pair[0].sample_rate
    return f"only {seconds:.1f} s, {limits.drift_seconds:g} s are needed" if seconds < limits.drift_seconds else None


def _esr_between(samples: NDArray[np.float32], repeat: Repeat) -> float:
    """Return the energy of the difference over the energy of the first; infinite where that is silent."""
    one, other = (samples[part].astype(np.float64) for part in (repeat.first, repeat.second))
    energy = float(one @ one)
    return float((other - one) @ (other - one)) / energy if energy else float("inf")
