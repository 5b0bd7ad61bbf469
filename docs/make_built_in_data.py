"""Draw the pictures of built_in_data.md: the guitar beside real ones, and what the devices do to it.

python docs/make_built_in_data.py dry1.flac dry2.flac
"""

import sys
from pathlib import Path

import numpy as np
import soundfile  # type: ignore[import-untyped]
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nasamp.audio.devices import DEVICES
from nasamp.audio.guitar import performance

SECONDS, SAMPLE_RATE = 100, 44_100
FOLDER = Path(__file__).with_suffix("").with_name("built_in_data")
COLOURS = ("black", "#D55E00", "#0072B2", "#009E73")  # Okabe and Ito's
LABEL = "share of the energy [dB]"
Signal = NDArray[np.float64]


def main(real: list[Path]) -> None:
    """Write guitar.png and devices.png."""
    FOLDER.mkdir(exist_ok=True)
    guitar = performance(SECONDS, SAMPLE_RATE)
    signals = {"built-in guitar": (guitar, SAMPLE_RATE)}
    signals |= {f"real DI: {path.parent.name}": soundfile.read(path) for path in real}
    _guitar(signals).savefig(FOLDER / "guitar.png")
    _devices(guitar[: 20 * SAMPLE_RATE]).savefig(FOLDER / "devices.png")
    for name, (wave, rate) in signals.items():
        print(f"{name}: {_numbers(wave, rate)}")


def _numbers(wave: Signal, rate: int) -> str:
    """Return roll-off and centroid in Hz and crest factor in dB of the whole signal."""
    power = np.abs(np.fft.rfft(wave)) ** 2
    hertz = np.fft.rfftfreq(len(wave), 1 / rate)
    below = np.cumsum(power) / power.sum()
    crest = 20 * np.log10(np.abs(wave).max() / np.sqrt(np.mean(wave**2)))
    rolled_off, centroid = hertz[np.searchsorted(below, 0.95)], np.sum(hertz * power) / power.sum()
    return f"95 % roll-off {rolled_off:.0f} Hz, centroid {centroid:.0f} Hz, crest factor {crest:.1f} dB"


def _guitar(signals: dict[str, tuple[Signal, int]]) -> Figure:
    figure = Figure(figsize=(9, 6.5), dpi=110, layout="constrained")
    top, *rows = figure.subplots(1 + len(signals), 1, height_ratios=[4, *[1] * len(signals)])
    for (name, (wave, rate)), row, colour in zip(signals.items(), rows, COLOURS, strict=False):
        top.semilogx(*_spectrum(wave, rate), color=colour, label=name, linewidth=1.2)
        start = 20 * rate
        row.plot(np.arange(10 * rate) / rate, wave[start : start + 10 * rate], color=colour, linewidth=0.3)
        row.set(ylim=(-1, 1), xlim=(0, 10), ylabel=name.rpartition(": ")[2].replace("_", "\n").replace(" ", "\n"))
    rows[-1].set_xlabel("time [s]")
    _dress(top)
    return figure


def _devices(dry: Signal) -> Figure:
    figure = Figure(figsize=(9, 5), dpi=110, layout="constrained")
    spectra, waves = figure.subplots(1, 2)
    spectra.semilogx(*_spectrum(dry, SAMPLE_RATE), color="0.6", label="guitar", linewidth=1.2)
    loudest = int(np.abs(dry).argmax())
    place = slice(loudest - 200, loudest + 700)
    milliseconds = 1000 * np.arange(900) / SAMPLE_RATE
    waves.plot(milliseconds, dry[place] / np.abs(dry[place]).max() + 4, color="0.6")
    for number, ((name, device), colour) in enumerate(zip(DEVICES.items(), COLOURS, strict=True)):
        wet = device(dry, SAMPLE_RATE)
        spectra.semilogx(*_spectrum(wet, SAMPLE_RATE), color=colour, label=name, linewidth=1.2)
        waves.plot(milliseconds, wet[place] / np.abs(wet[place]).max() + 2 - 2 * number, color=colour)
    waves.set(xlabel="time [ms]", yticks=[4, 2, 0, -2, -4], yticklabels=["guitar", *DEVICES])
    _dress(spectra)
    return figure


def _spectrum(wave: Signal, rate: int) -> tuple[Signal, Signal]:
    """Return the middles of thirds of an octave in Hz, and the share of the energy in each in dB."""
    power = np.abs(np.fft.rfft(wave)) ** 2
    hertz = np.fft.rfftfreq(len(wave), 1 / rate)
    middles = 1000 * 2 ** (np.arange(-14, 14) / 3)
    edges = np.searchsorted(hertz, [middles * 2 ** (-1 / 6), middles * 2 ** (1 / 6)])
    energy = np.array([power[start:stop].sum() for start, stop in edges.T])
    return middles, 10 * np.log10(energy / power.sum())


def _dress(axes: Axes) -> None:
    axes.set(ylim=(-80, 0), xlim=(40, 20_000), xlabel="frequency [Hz], thirds of an octave", ylabel=LABEL)
    axes.grid(color="0.9")
    axes.legend(fontsize=8)


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])
