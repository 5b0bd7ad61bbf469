"""Checks of a single signal: level, DC offset, silence, duration (E7, E8, W4, W5)."""

import numpy as np

from nasamp.audio.findings import Finding, judged
from nasamp.audio.levels import frame_levels, level, rms
from nasamp.audio.pair import Pair
from nasamp.audio.sound import Sound
from nasamp.audio.split import Parts, cut
from nasamp.schema.limits import Limits


def judge(sound: Sound, limits: Limits) -> list[Finding]:
    """Return E7 (level), W4 (DC offset) and W5 (silence) of a signal."""
    loud = audible(sound, (slice(None),), sound.name, limits)
    return [loud, *([] if loud.verdict == "error" else [_offset(sound, limits), _pauses(sound, limits)])]


def audible(sound: Sound, part: Parts, where: str, limits: Limits) -> Finding:
    """Return E7: whether a part of a signal is more than silence."""
    loud = level(cut(sound.samples, part))
    if loud >= limits.silence_dbfs:
        return Finding("E7", "fine", f"{where}: {loud:.1f} dBFS RMS")
    advice = f"at least {limits.silence_dbfs:.0f} dBFS are needed: check the routing and export again"
    if sound.audible_channel:
        advice = f"the other channel is not silent: data.channel={sound.audible_channel}"
    return Finding("E7", "error", f"{where}: silent ({loud:.1f} dBFS)", advice)


def duration(seconds: float, files: Pair, delay: int, limits: Limits) -> Finding:
    """Return E8: whether the recording is long enough, and if not, which file is too short."""
    if seconds >= limits.recommended_seconds:
        return Finding("E8", "fine", f"{seconds:.1f} s")
    lengths = [len(file.samples) / file.sample_rate for file in files]
    names = [file.name for file, length in zip(files, lengths, strict=True) if length == min(lengths)]
    found = f"{' and '.join(names)}: only {seconds:.1f} s" + (f" without data.delay={delay}" if delay else "")
    if seconds >= limits.shortest_seconds:
        return Finding("E8", "warning", found, "60-180 s are recommended")
    advice = f"at least {limits.shortest_seconds:.0f} s are needed, 60-180 s recommended"
    return Finding("E8", "error", found, advice)


def _offset(sound: Sound, limits: Limits) -> Finding:
    mean = float(np.mean(sound.samples, dtype=np.float64))
    share = abs(mean) / rms(sound.samples)
    found = f"{sound.name}: DC offset {mean:+.4f}, {share:.1%} of the RMS"
    return judged("W4", found, "remove it from both files, or check the interface", is_fine=share <= limits.dc_share)


def _pauses(sound: Sound, limits: Limits) -> Finding:
    levels = frame_levels(sound.samples, sound.sample_rate)
    share = float(np.mean(levels < limits.silence_dbfs)) if len(levels) else 0.0
    found = f"{sound.name}: {share:.0%} silence"
    advice = "cut the same pauses out of both files: they teach nothing"
    return judged("W5", found, advice, is_fine=share <= limits.silent_share)
