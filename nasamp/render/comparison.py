"""Compares a rendered file with the amp's recorded output."""

from pathlib import Path

import numpy as np
import soundfile  # type: ignore[import-untyped]
import torch
from numpy.typing import NDArray

from nasamp.audio.files import not_finite, opened
from nasamp.errors import AudioError
from nasamp.metrics import scores
from nasamp.quantities import QUANTITIES


def compared(output: Path, target: Path) -> list[str]:
    """Return the metrics of a rendered file against the target, one line each; both are read as a whole.

    Raises:
        AudioError: where they differ in sample rate, channels or length, or the target has non-finite samples.
    """
    (ours, rate), (theirs, their_rate) = (_read(path) for path in (output, target))
    for what, found, wanted in (
        ("Hz", their_rate, rate),
        ("channels", theirs.shape[1], ours.shape[1]),
        ("samples", len(theirs), len(ours)),
    ):
        if found != wanted:
            raise AudioError(
                f"target={target}: {found:,} {what}, but {output} has {wanted:,}; {output} was written anyway"
            )
    if problem := not_finite(target, np.isfinite(theirs).all(axis=1), rate):
        raise AudioError(f"target={problem.line}; {output} was written anyway")
    measure = scores.at_the_end(rate)
    for played, wanted_signal in zip(ours.T, theirs.T, strict=True):
        measure.add(torch.from_numpy(played), torch.from_numpy(wanted_signal))
    labels = {quantity.key: quantity for quantity in QUANTITIES.values()}
    return [
        f"{labels[key].axis.removeprefix('test ')}: {value:{labels[key].style}}"
        for key, value in measure.take().items()
    ]


def _read(path: Path) -> tuple[NDArray, int]:  # type: ignore[type-arg]
    return opened(path, lambda file: soundfile.read(file, dtype="float32", always_2d=True))  # type: ignore[no-any-return]
