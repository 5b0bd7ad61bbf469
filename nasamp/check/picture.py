"""Draws recording.png: waveforms with parts and clipping, levels, spectra, and the delay estimate."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray
from PIL import Image
from scipy import signal  # type: ignore[import-untyped]

from nasamp.atomic import replacing
from nasamp.audio.alignment import Timing
from nasamp.audio.copies import without
from nasamp.audio.examination import Examination
from nasamp.audio.files import name
from nasamp.audio.levels import FRAME_SECONDS, decibels, frame_levels
from nasamp.audio.pair import Pair
from nasamp.audio.sound import Sound
from nasamp.audio.split import Parts, Split
from nasamp.check.table import counted
from nasamp.schema import Data
from nasamp.schema.limits import Limits

# Okabe and Ito's colours, for the colour-blind, as in nasamp.pareto
_COLOURS = {"input": "#0072B2", "output": "#D55E00"}
_PARTS = {"validation": "#D5ECFA", "test": "#FBF8D0"}  # their light blue and yellow, lightened
_UNUSED = "#E4E4E4"  # samples in none of the parts
_CLIPPED = "#CC0000"
_PALETTE = 256  # colours: enough here, and half the file size
_COLUMNS = 1600  # of a waveform; more would not be visible
_SPECTRUM_WINDOW = 16_384
_BANDS_PER_OCTAVE = 24
_RANGE_DB = 90.0  # shown range of the spectra
_BELOW_SILENCE_DB = 15.0  # shown range of the levels below the limit of silence
_AROUND_MS = (4.0, 8.0)  # shown range of the response, before and after both zero and the peak


def is_drawable(pair: Pair) -> bool:
    """Return whether two signals are long enough for a picture (one frame of levels)."""
    return len(pair[0].samples) >= FRAME_SECONDS * pair[0].sample_rate


def draw(found: Examination, parts: Split | None, data: Data, path: Path) -> Path:
    """Write the picture of a recording and return its path; ``parts`` is None where it cannot be trained on."""
    if found.pair is None:
        raise ValueError("drawing needs both signals")
    figure = Figure(figsize=(10, 9), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplot_mosaic(
        [["input"] * 2, ["output"] * 2, ["levels"] * 2, ["spectra", "delay"]], height_ratios=[1, 1, 1, 1.5]
    )
    sounds = dict(zip(("input", "output"), found.pair, strict=True))
    for which, sound in sounds.items():
        _draw_waveform(panels[which], sound, parts, which)
    _draw_levels(panels["levels"], found.pair, data.limits)
    _draw_spectra(panels["spectra"], found.pair)
    _draw_delay(panels["delay"], found.timing, found.pair[0].sample_rate, data.limits)
    for axes in panels.values():
        axes.grid(color="0.92", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(which="both", labelsize=8, length=3, pad=3)
    for which in sounds:
        panels[which].sharex(panels["levels"])
        panels[which].tick_params(labelbottom=False)
    panels["levels"].set_xlim(0, len(found.pair[0].samples) / found.pair[0].sample_rate)
    figure.suptitle(f"{name(data)}: {counted(found.findings)}", fontsize=11, fontweight="bold")
    with replacing(path) as draft:
        figure.savefig(draft)
        with Image.open(draft) as image:
            small = image.convert("RGB").quantize(_PALETTE, dither=Image.Dither.NONE)
        small.save(draft, optimize=True)
    return path


def _draw_waveform(axes: Axes, sound: Sound, parts: Split | None, which: str) -> None:
    time, low, high = _envelope(sound)
    axes.fill_between(time, low, high, color=_COLOURS[which], linewidth=0.4, zorder=2)
    top = max(1.0, float(np.abs(sound.samples).max(initial=0.0)))
    for part, colour in _PARTS.items():
        pieces: Parts = getattr(parts, part) if parts else ()
        for piece in pieces:
            axes.axvspan(
                piece.start / sound.sample_rate, piece.stop / sound.sample_rate, color=colour, lw=0, zorder=0.5
            )
        if len(pieces) == 1 and which == "input":
            middle = (pieces[0].start + pieces[0].stop) / 2 / sound.sample_rate
            axes.text(middle, 1.14 * top, part, fontsize=7, ha="center", va="top")
    for piece in _unused(sound, parts) if parts else ():
        axes.axvspan(piece.start / sound.sample_rate, piece.stop / sound.sample_rate, color=_UNUSED, lw=0, zorder=0.5)
    count = len(sound.clipped_seconds)
    if count:
        marks: dict[str, Any] = {"marker": "|", "markersize": 7, "linestyle": "none", "color": _CLIPPED}
        axes.plot(sound.clipped_seconds, np.full(count, 1.1 * top), **marks)
    axes.set_ylim(-1.2 * top, 1.2 * top)
    clipped = f": {count:,} clipped runs, marked above" if count else ""
    _label(axes, f"{which}, {Path(sound.name).name}{clipped}", "", "full scale")


def _unused(sound: Sound, parts: Split) -> Parts:
    """Return the ranges that are in none of the parts and wide enough to be visible."""
    every = [piece for pieces in vars(parts).values() for piece in pieces]
    left = without([slice(0, len(sound.samples))], every)
    return tuple(piece for piece in left if piece.stop - piece.start > len(sound.samples) // 200)


def _envelope(sound: Sound) -> tuple[NDArray[np.float64], NDArray[np.float32], NDArray[np.float32]]:
    """Return the centre of each column in s, with its lowest and highest sample."""
    length = max(len(sound.samples) // _COLUMNS, 1)
    columns = sound.samples[: len(sound.samples) // length * length].reshape(-1, length)
    time = (np.arange(len(columns)) + 0.5) * length / sound.sample_rate
    return time, columns.min(axis=1), columns.max(axis=1)


def _draw_levels(axes: Axes, pair: Pair, limits: Limits) -> None:
    loudest = limits.silence_dbfs
    for (which, colour), sound in zip(_COLOURS.items(), pair, strict=True):
        levels = frame_levels(sound.samples, sound.sample_rate)
        time = (np.arange(len(levels)) + 0.5) * FRAME_SECONDS
        axes.plot(time, levels, color=colour, linewidth=0.7, label=which)
        loudest = max(loudest, float(levels.max(initial=loudest)))
    axes.axhline(limits.silence_dbfs, color="0.2", linestyle="--", linewidth=0.9, label="silence")
    axes.set_ylim(limits.silence_dbfs - _BELOW_SILENCE_DB, loudest + 6)
    axes.legend(fontsize=8, frameon=False, ncols=3, loc="lower right", borderaxespad=0.1)
    _label(axes, "level of each 100 ms", "time [s]", "RMS [dBFS]")


def _draw_spectra(axes: Axes, pair: Pair) -> None:
    loudest = -300.0
    for (which, colour), sound in zip(_COLOURS.items(), pair, strict=True):
        hertz, density = _spectrum(sound)
        axes.semilogx(hertz, density, color=colour, linewidth=1.2, label=which)
        loudest = max(loudest, float(density.max()))
    axes.set_xlim(20, pair[0].sample_rate / 2)
    axes.set_ylim(loudest - _RANGE_DB, loudest + 6)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.legend(fontsize=8, frameon=False, loc="lower left")
    _label(axes, "spectra", "frequency [Hz]", "density [dBFS/Hz]")


def _spectrum(sound: Sound) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return centre frequencies in Hz and power densities in dBFS/Hz of bands of 1/24 octave."""
    hertz, power = signal.welch(sound.samples, sound.sample_rate, nperseg=min(_SPECTRUM_WINDOW, len(sound.samples)))
    band = np.round(_BANDS_PER_OCTAVE * np.log2(hertz[1:])).astype(int)
    used, place, count = np.unique(band, return_inverse=True, return_counts=True)
    density = np.bincount(place, power[1:]) / count
    return 2.0 ** (used / _BANDS_PER_OCTAVE), decibels(np.sqrt(density))


def _draw_delay(axes: Axes, timing: Timing | None, sample_rate: int, limits: Limits) -> None:
    if timing is None:
        _label(axes, "delay: too short or silent", "output after input [ms]", "")
        return
    whole, per_ms = timing.whole, sample_rate / 1000
    lag_ms = whole.lag / per_ms
    time = (np.arange(len(whole.response)) - len(whole.response) // 2) / per_ms + lag_ms
    before, after = _AROUND_MS
    shown = (time >= min(0.0, lag_ms) - before) & (time <= max(0.0, lag_ms) + after)
    highest = np.abs(whole.response).max() or 1.0  # unrelated signals may have no peak at all
    axes.plot(time[shown], whole.response[shown] / highest, color=_COLOURS["output"], linewidth=1.0)
    axes.axvspan(-limits.lead_samples / per_ms, limits.lag_ms, color="0.9", lw=0, label="what tone filters explain")
    axes.axvline(
        lag_ms, color="0.2", linestyle="--", linewidth=0.9, label=f"peak: {whole.lag} samples ({lag_ms:.2f} ms)"
    )
    axes.set_xlim(time[shown][0], time[shown][-1])
    axes.set_ylim(-1.15, 1.15)
    axes.legend(fontsize=8, frameon=False, loc="best")
    is_related = timing.prominence >= limits.prominence
    found = f"prominence {timing.prominence:.0f}" + ("" if is_related else ": the output does not follow the input")
    _label(axes, f"whitened cross-correlation, {found}", "output after input [ms]", "of the peak")


def _label(axes: Axes, title: str, x: str, y: str) -> None:
    axes.set_title(title, fontsize=9, loc="left")
    axes.set_xlabel(x, fontsize=9)
    axes.set_ylabel(y, fontsize=9)
