"""Finds passages that occur more than once in the dry signal as sample-exact copies, not as a riff played again.

At each candidate lag that landmarks give, the signal is compared with itself frame by frame.
"""

import itertools

import numpy as np
from numpy.typing import NDArray
from scipy import fft  # type: ignore[import-untyped]

from nasamp.audio.copies import Repeat
from nasamp.audio.landmarks import RATE, lags, whitened
from nasamp.audio.levels import Signal

_FRAME, _FRAMES_AT_A_TIME = 800, 2000  # samples (50 ms); frames per block, which bounds the memory
_QUIET, _LOUD = 1e-5, 3e-4  # of the power of loud frames: quieter frames cannot match; below the second, may differ
_BRIDGE = 4  # consecutive frames that may differ inside a passage
_QUIET_FRAMES = 40  # quiet frames by which a passage is extended at most, before and after
_EVIDENCE = 14  # fewest matching frames that are not quiet: 0.7 s
_FRAME_ERROR, _ERROR = 0.1, 0.03  # largest share of unexplained energy: in a frame, and in a passage with one gain
_NEAR, _FAR = round(0.002 * RATE), round(0.06 * RATE)  # lags at this distance must match worse
_WORSE, _DISTINCT = 4.0, 0.01  # how much worse: times the error, and at least; a tone matches at each of its periods
_STEADY = 0.99  # similarity of the frames' spectra from which a passage is a steady tone
_LONGEST = 30 * RATE  # samples of a passage that are compared


def find(dry: Signal, sample_rate: int) -> tuple[Repeat, ...]:
    """Return the passages of about a second or longer that occur twice, in the order of time.

    Their ends are exact to two frames of 50 ms and tend to be too wide. Silence, steady tones and noise do not count.
    """
    white = whitened(dry, sample_rate)
    found: list[Repeat] = []
    for about, place in lags(white):
        if any(_covers(each, about, place, sample_rate / RATE) for each in found):
            continue
        lag = _exact_lag(white, place, about)
        passages = _passages(white, lag) if lag else []
        found += [_repeat(dry, run, lag, sample_rate / RATE) for run in passages if lag]
    return tuple(sorted(found, key=lambda each: (each.first.start, each.second.start)))


def _covers(known: Repeat, lag: int, place: slice, scale: float) -> bool:
    """Return whether a known repeat already covers this place at about this lag."""
    is_same = abs(known.offset - lag * scale) <= _NEAR * scale
    return is_same and known.first.start <= place.start * scale and place.stop * scale <= known.first.stop


def _exact_lag(white: Signal, place: slice, about: int) -> float | None:
    """Return the exact (fractional) lag of a passage; None where it is not a copy, or matches at other lags too."""
    one = white[place]
    around = white[max(place.start + about - _FAR, 0) : place.stop + about + _FAR]
    if len(around) < len(one) + 2 * _FAR:
        around = np.pad(around, (max(_FAR - place.start - about, 0), len(one) + 2 * _FAR))[: len(one) + 2 * _FAR]
    length = fft.next_fast_len(len(around), real=True)
    cross = fft.irfft(np.conj(fft.rfft(one, length)) * fft.rfft(around, length), length)[: 2 * _FAR + 1]
    power = np.concatenate([[0.0], np.cumsum(np.square(around, dtype=np.float64))])
    power = power[len(one) :][: 2 * _FAR + 1] - power[: 2 * _FAR + 1]
    fit = np.square(cross) / np.maximum(power * float(one @ one), np.finfo(np.float32).tiny)
    peak = _FAR - _NEAR + int(np.argmax(fit[_FAR - _NEAR : _FAR + _NEAR + 1]))
    before, at, after = (float(abs(cross[peak + step])) for step in (-1, 0, 1))
    curvature = before - 2 * at + after  # negative at a peak
    lag = about + peak - _FAR + (0.5 * (before - after) / curvature if curvature < 0 else 0.0)
    elsewhere = 1 - max(fit[: peak - _NEAR].max(), fit[peak + _NEAR + 1 :].max())
    error = 1 - _fit(*_powers(white, place, lag)).item()
    return lag if error < _FRAME_ERROR and elsewhere > max(_WORSE * error, _DISTINCT) else None


def _passages(white: Signal, lag: float) -> list[slice]:
    """Return the runs of frames that match the signal one lag later."""
    frames = (len(white) - int(lag) - 2) // _FRAME
    ends = [*range(0, frames, _FRAMES_AT_A_TIME), frames]
    some = [_powers(white, slice(a * _FRAME, b * _FRAME), lag, _FRAME) for a, b in itertools.pairwise(ends)]
    one, cross, other = (np.concatenate(each) for each in zip(*some, strict=True))
    level = np.maximum(one, other) / np.percentile(one, 95)
    fits = (level > _QUIET) & (_fit(one, cross, other) > 1 - _FRAME_ERROR)
    misfits = np.cumsum((level > _LOUD) & ~fits)
    places = np.flatnonzero(fits)
    runs = np.split(places, np.flatnonzero(np.diff(misfits[places]) > _BRIDGE) + 1)
    return [slice(int(run[0]), int(run[-1]) + 1) for run in runs if _is_copy(white, lag, run)]


def _is_copy(white: Signal, lag: float, run: NDArray[np.int64]) -> bool:
    """Return whether a run of matching frames is a copy: long enough, with one gain, and not a steady tone."""
    if len(run) < _EVIDENCE:
        return False
    samples = slice(int(run[0]) * _FRAME, min((int(run[-1]) + 1) * _FRAME, int(run[0]) * _FRAME + _LONGEST))
    spectra = np.abs(fft.rfft(white[samples].reshape(-1, _FRAME) * np.hanning(_FRAME).astype(np.float32)))
    sizes = np.linalg.norm(spectra, axis=1)
    audible = sizes > np.sqrt(_QUIET) * sizes.max()
    steady = float(np.square(np.mean(spectra[audible] / sizes[audible, None], axis=0)).sum())
    is_one_gain = _fit(*_powers(white, samples, lag)).item() > 1 - _ERROR
    return is_one_gain and steady < _STEADY and _exact_lag(white, samples, round(lag)) is not None


def _powers(white: Signal, samples: slice, lag: float, frame: int = 0) -> tuple[Signal, Signal, Signal]:
    """Return per frame the energy of a passage, its product with the signal one lag later, and the latter's energy."""
    one = white[samples]
    whole, part = int(lag), lag % 1
    taps = (
        -part
        * (part - 1)
        * (part - 2)
        / 6,  # third-order Lagrange interpolation: accurate enough at four times the rate
        (part + 1) * (part - 1) * (part - 2) / 2,
        -(part + 1) * part * (part - 2) / 2,
        (part + 1) * part * (part - 1) / 6,
    )
    begin, end = samples.start + whole, samples.start + whole + len(one)
    padded = np.pad(white[begin - 1 : end + 2], (0, max(end + 2 - len(white), 0)))
    other = sum(np.float32(tap) * padded[i : i + len(one)] for i, tap in enumerate(taps))
    shape = (-1, frame or len(one))
    a, b = one.reshape(shape), np.asarray(other).reshape(shape)
    return tuple(np.einsum("ij,ij->i", x, y) for x, y in ((a, a), (a, b), (b, b)))


def _fit(one: Signal, cross: Signal, other: Signal) -> Signal:
    """Return the share of the energy that a copy with one gain explains, 0..1."""
    return np.asarray(np.square(cross) / np.maximum(one * other, np.finfo(np.float32).tiny))


def _repeat(dry: Signal, frames: slice, lag: float, scale: float) -> Repeat:
    """Return the passage in samples of the original signal, one frame longer on both sides."""
    frame = round(_FRAME * scale)
    start, stop = (round(each * _FRAME * scale) for each in (frames.start, frames.stop))
    look = slice(start, min(stop, start + round(_LONGEST * scale)))
    errors = {offset: _residual(dry, look, offset) for offset in range(int(lag * scale) - 1, int(lag * scale) + 3)}
    offset = min(errors, key=lambda each: errors[each][0])
    gain, floor = errors[offset][1], _ERROR * _QUIET * float(np.mean(np.square(dry[look])))
    for _ in range(_QUIET_FRAMES):
        start -= frame if start >= frame and _follows(dry, slice(start - frame, start), offset, gain, floor) else 0
        stop += frame if _follows(dry, slice(stop, stop + frame), offset, gain, floor) else 0
    start, stop = max(start - frame, 0), min(stop + frame, len(dry) - offset)
    return Repeat(slice(start, stop), slice(start + offset, stop + offset), gain)


def _follows(dry: Signal, frame: slice, offset: int, gain: float, floor: float) -> bool:
    """Return whether a quiet frame next to a passage belongs to it: copied with the same gain."""
    one, other = dry[frame], dry[frame.start + offset : frame.stop + offset]
    if len(other) < len(one):
        return False
    return float(np.mean(np.square(other - gain * one))) <= max(_ERROR * float(np.mean(np.square(other))), floor)


def _residual(dry: Signal, look: slice, offset: int) -> tuple[float, float]:
    """Return the share of the energy that a copy at an offset does not explain, and the copy's gain."""
    other = dry[look.start + offset : look.stop + offset]
    one = dry[look][: len(other)]
    energy, cross, power = (float(np.dot(a, b)) for a, b in ((one, one), (one, other), (other, other)))
    return 1 - cross**2 / (energy * power), cross / energy
