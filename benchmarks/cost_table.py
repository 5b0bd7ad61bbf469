"""Fit the cost table of NAM's engine that comes with nasamp: python benchmarks/cost_table.py CSV [TABLE] [PICTURE].

Prints how well it predicts architectures that the fit has not seen, and what it says of architectures that were measured
in another run. The CSV has a row for each measured architecture: benchmarks/costs/nam_core_avx2.csv.
"""

import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from nasamp.architecture import Architecture, Head, LayerArray, Layer, activation, in_nams_words, stack
from nasamp.architecture.description import SIGMOID
from nasamp.cost import fitting
from nasamp.cost.table import NAM_CORE, STANDARD, Table, read

ABOUT = {
    "engine": "NAM core",
    "version": "0.5.5",
    "build": "-Ofast -march=x86-64-v3, fast tanh, NAM_ENABLE_A2_FAST",
    "machine": "AMD Zen 4, one core",
    "block": 64,
}
MEASURED_TIME = "rtf_block_64"  # the column; a plugin's host has small blocks
A2_KERNELS = (*(6,) * 14, 15, 15, *(6,) * 7)
A2_DILATIONS = (*(1, 3, 7, 17, 41, 101, 239) * 2, 1, 13, *(1, 3, 7, 17, 41, 101, 239))


def measured(path: Path) -> tuple[list[Architecture], list[float]]:
    """Return the architectures of a CSV, and their shares of a core."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [_architecture(row) for row in rows], [float(row[MEASURED_TIME]) for row in rows]


def _architecture(row: dict[str, str]) -> Architecture:
    return stack(
        int(row["layers"]),
        int(row["channels"]),
        int(row["kernel_size"]),
        dilations=[int(each) for each in row["dilations"].split()],
        activation=activation(row["activation"]),
        gating="gated" if row["gated"] == "1" else "none",
        residual="dense" if row["layer1x1"] == "dense" else "scale",
        mixin=True,
        head_kernel_size=int(row["head_kernel_size"]),
    )


def a1_standard() -> Architecture:
    """Return NAM's A1 standard."""
    layers = tuple(Layer(3, 2**i) for i in range(10))
    shape: dict[str, Any] = {"residual": "dense", "mixin": True, "input_bias": False, "head_takes_input": False}
    return Architecture(
        (LayerArray(16, 16, layers, head=Head(8, bias=False), **shape), LayerArray(8, 8, layers, **shape))
    )


def a2(channels: int, name: str = "LeakyReLU") -> Architecture:
    """Return NAM's A2 of a width and activation; full has 8 channels, lite 3."""
    how: dict[str, Any] = {"residual": "dense", "mixin": True, "head_kernel_size": 16}
    made = stack(len(A2_KERNELS), channels, 6, dilations=A2_DILATIONS, activation=activation(name), **how)
    array = made.arrays[0]
    layers = tuple(replace(layer, kernel_size=k) for layer, k in zip(array.layers, A2_KERNELS, strict=True))
    return replace(made, arrays=(replace(array, layers=layers),))


EXACT = ((STANDARD, a1_standard(), 0.0351), ("A2 full", a2(8), 0.0383), ("A2 lite", a2(3), 0.0085))
AGAIN = {  # multiples of A1 standard, measured in one other run
    **{f"plain L{layers} C{channels}": (stack(layers, channels, 3), multiple) for layers, channels, multiple in (
        (7, 16, 0.43), (8, 16, 0.49), (7, 24, 0.68), (8, 24, 0.76), (8, 32, 1.24),
    )},
    "A2 full": (a2(8), 1.07),
    "A2 full with Tanh": (a2(8, "Tanh"), 1.28),
    "A2 lite": (a2(3), 0.22),
}  # fmt: skip


def table(architectures: list[Architecture], times: list[float]) -> dict[str, Any]:
    """Return the content of the table's file."""
    exact = [
        {"name": name, "core": core, "layers": list(_words(architecture))} for name, architecture, core in EXACT
    ]
    return {"about": ABOUT, "coefficients": fitting.fitted(architectures, times), "exact": exact}


def _words(architecture: Architecture) -> Iterator[dict[str, Any]]:
    """Yield the arrays in a .nam's words, with one word for all layers where they agree."""
    for array in architecture.arrays:
        words = in_nams_words(array, 1)
        kept = ("channels", "kernel_sizes", "dilations", "activation", "layer1x1", "head")
        found = {key: words[key] for key in kept}
        yield found | {"activation": found["activation"][0]}


def picture(path: Path, times: list[float], predicted: fitting.Numbers) -> None:
    """Draw predictions of architectures that the fit has not seen against their times."""
    figure = Figure((5.5, 4.5), layout="constrained")
    axes = figure.add_subplot()
    axes.loglog(100 * np.array(times), 100 * predicted, ".", alpha=0.6)
    ends = np.array(axes.get_xlim())
    axes.loglog(ends, ends, color="0.5", linewidth=1)
    axes.set(xlabel="measured [% of a core]", ylabel="predicted, not seen by the fit [% of a core]", xlim=ends)
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=130)


def main(source: Path, target: Path = NAM_CORE, drawn: Path | None = None) -> None:
    """Fit, write and print."""
    architectures, times = measured(source)
    target.write_text(json.dumps(table(architectures, times), indent=1) + "\n", "utf-8")
    predicted = fitting.predicted_unseen(architectures, times)
    found = fitting.quality(predicted, times)
    print(
        f"{len(times)} architectures, each predicted by a fit to nine tenths of the others: Spearman "
        f"{found.spearman:.4f}, median error {found.median_error:.1%}, 90 % within {found.error_of_90_percent:.1%}"
    )
    made = read(target)
    print("\n| architecture | measured | predicted | |\n|---|---:|---:|---|")
    for name, (architecture, multiple) in AGAIN.items():
        print(f"| {name} | {multiple:.2f} | {made.multiple(architecture):.2f} | {made.basis(architecture)} |")
    for name, architecture, core in EXACT:
        _by_terms(made, name, architecture, core)
    if drawn:
        picture(drawn, times, predicted)


def _by_terms(made: Table, name: str, architecture: Architecture, core: float) -> None:
    print(f"| {name} | {core / made.standard:.2f} | {made.by_terms(architecture) / made.standard:.2f} | by terms |")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
