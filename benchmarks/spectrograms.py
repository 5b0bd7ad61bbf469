"""Pictures of target, model and their difference: python benchmarks/spectrograms.py TARGET WET PICTURE [start seconds].

All three share one scale, in dB of full scale, so that what is left of the difference can be compared with the sound.
"""

import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import ShortTimeFFT
from scipy.signal.windows import hann

WINDOW, HOP = 2048, 256  # samples
FLOOR, CEILING = -110.0, -20.0  # dB of the colours


def main(target: Path, wet: Path, picture: Path, start: float = 0.0, seconds: float = 6.0) -> None:
    """Read both files and write the picture."""
    (wanted, rate), (played, _) = (soundfile.read(path, dtype="float32") for path in (target, wet))
    part = slice(round(start * rate), round((start + seconds) * rate))
    wanted, played = wanted[part], played[part]
    figure, axes = plt.subplots(3, 1, figsize=(9, 8), sharex=True, layout="constrained")
    for axis, signal, words in zip(
        axes, (wanted, played, wanted - played), ("target", "model", "target - model"), strict=True
    ):
        level = 10 * np.log10(np.mean(np.square(signal, dtype=np.float64)))
        image = axis.imshow(
            decibels(signal, rate),
            origin="lower",
            aspect="auto",
            extent=(start, start + seconds, 0, rate / 2000),
            vmin=FLOOR,
            vmax=CEILING,
            cmap="magma",
        )
        axis.set(ylabel="kHz", title=f"{words}: {level:.1f} dBFS RMS")
    axes[-1].set_xlabel("s")
    figure.colorbar(image, ax=axes, label="dB")
    figure.savefig(picture, dpi=90)


def decibels(signal: NDArray[np.float32], rate: int) -> NDArray[np.float64]:
    """Return the magnitudes, shape (frequencies, times); a full-scale sine has 0 dB at its peak."""
    window = hann(WINDOW)
    transform = ShortTimeFFT(window * 2 / window.sum(), HOP, rate)
    return 20 * np.log10(np.abs(transform.stft(signal)) + 1e-9)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]), *map(float, sys.argv[4:]))
