"""What one signal by itself can be blamed for: level, offset, silence, duration."""

import numpy as np

from nasamp.audio.findings import Finding
from nasamp.audio.levels import decibels, frame_levels, rms
from nasamp.audio.sound import Sound
from nasamp.audio.split import Parts, cut
from nasamp.limits import Limits


def judge(sound: Sound, limits: Limits) -> list[Finding]:
    """Return E7, W4 and W5 of a signal."""
    loud = audible(sound, (slice(None),), sound.name, limits)
    return [loud, *([] if loud.verdict == "error" else [_offset(sound, limits), _pauses(sound, limits)])]


def audible(sound: Sound, part: Parts, where: str, limits: Limits) -> Finding:
    """Return whether a part of a signal is more than silence (E7)."""
    level = float(decibels(np.std(cut(sound.samples, part), dtype=np.float64)))  # an offset is not heard
    found = f"{where}: {level:.1f} dBFS RMS"
    if level >= limits.silence_dbfs:
        return Finding("E7", "fine", found)
    advice = f"at least {limits.silence_dbfs:.0f} dBFS are needed: check the routing and export again"
    return Finding("E7", "error", f"{where}: silent ({level:.1f} dBFS)", advice)


def duration(sound: Sound, limits: Limits) -> Finding:
    """Return whether there is enough to train on (E8)."""
    seconds = len(sound.samples) / sound.sample_rate
    if seconds >= limits.recommended_seconds:
        return Finding("E8", "fine", f"{seconds:.1f} s")
    if seconds >= limits.shortest_seconds:
        return Finding("E8", "warning", f"{sound.name}: only {seconds:.1f} s", "60-180 s are recommended")
    advice = f"at least {limits.shortest_seconds:.0f} s are needed, 60-180 s recommended"
    return Finding("E8", "error", f"{sound.name}: only {seconds:.1f} s", advice)


def _offset(sound: Sound, limits: Limits) -> Finding:
    mean = float(np.mean(sound.samples, dtype=np.float64))
    share = abs(mean) / rms(sound.samples)
    found = f"{sound.name}: DC offset {mean:+.4f}, {share:.1%} of the RMS"
    if share <= limits.dc_share:
        return Finding("W4", "fine", found)
    return Finding("W4", "warning", found, "remove it from both files alike, or check the interface")


def _pauses(sound: Sound, limits: Limits) -> Finding:
    share = float(np.mean(frame_levels(sound.samples, sound.sample_rate) < limits.silence_dbfs))
    found = f"{sound.name}: {share:.0%} silence"
    if share <= limits.silent_share:
        return Finding("W5", "fine", found)
    return Finding("W5", "warning", found, "cut the rests out of both files alike: they teach nothing")
