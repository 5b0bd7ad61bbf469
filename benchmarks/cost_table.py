"""Fit the cost table of NAM's engine that comes with nasamp: python benchmarks/cost_table.py CSV [TABLE] [PICTURE].

Prints how well it predicts architectures that the fit has not seen, and its predictions for some that were measured in
another run. The CSV has a row for each measured architecture: benchmarks/costs/nam_core_avx2.csv.
"""

import csv
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hydra
import numpy as np
from matplotlib.figure import Figure

from nasamp.architecture import Architecture, activation, in_nams_words, stack
from nasamp.cost import fitting
from nasamp.cost.table import NAM_CORE, STANDARD, read
from nasamp.schema import Config
from nasamp.schema.checking import check

ABOUT = {
    "engine": "NAM core",
    "version": "0.5.5",
    "build": "-Ofast -march=x86-64-v3, fast tanh, A2 fast path, no NAM_USE_INLINE_GEMM",
    "machine": "AMD Zen 4, one core",
    "block": 64,
}
EXACT = (  # name, preset, share of a core
    (STANDARD, "a1_standard", 0.0351),
    ("A2 full", "a2_full", 0.0383),
    ("A2 lite", "a2_lite", 0.0085),
)
MEASURED_TIME = "rtf_block_64"  # the column; a plugin's host has small blocks


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


def preset(name: str, *typed: str) -> Architecture:
    """Return the architecture of a preset in conf/model, changed by what is typed."""
    with hydra.initialize_config_dir(str(Path(__file__).parents[1] / "conf"), version_base="1.3"):
        return check(hydra.compose("config", [f"model={name}", *typed]), Config).model.architecture


def again() -> dict[str, tuple[Architecture, float]]:
    """Return architectures and their multiples of A1 standard, measured in one other run."""
    shapes = {(7, 16): 0.43, (8, 16): 0.49, (7, 24): 0.68, (8, 24): 0.76, (8, 32): 1.24}  # layers, channels
    plain = {f"plain L{size[0]} C{size[1]}": (stack(*size, 3), multiple) for size, multiple in shapes.items()}
    return plain | {
        "A2 full": (preset("a2_full"), 1.07),
        "A2 full with Tanh": (preset("a2_full", "model.activation=Tanh"), 1.28),
        "A2 lite": (preset("a2_lite"), 0.22),
    }


def table(architectures: list[Architecture], times: list[float]) -> dict[str, Any]:
    """Return the content of the table's file."""
    exact = [{"name": name, "core": core, "layers": list(_words(preset(chosen)))} for name, chosen, core in EXACT]
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
    for each in (axes.xaxis, axes.yaxis):
        each.set_major_formatter("{x:g}")
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=130)


def main(source: Path, target: Path = NAM_CORE, drawn: Path | None = None) -> None:
    """Fit, write and print."""
    architectures, times = measured(source)
    text = json.dumps(table(architectures, times), indent=1)
    target.write_text(re.sub(r"\[[\d,\s]+\]", lambda found: re.sub(r"\s+", " ", found[0]), text) + "\n", "utf-8")
    predicted = fitting.predicted_unseen(architectures, times)
    found = fitting.quality(predicted, times)
    print(
        f"{len(times)} architectures, each predicted by a fit to the other nine tenths: Spearman "
        f"{found.spearman:.4f}, median error {found.median_error:.1%}, 90 % within {found.error_of_90_percent:.1%}"
    )
    made = read(target)
    print("\n| architecture | measured | predicted | |\n|---|---:|---:|---|")
    for name, (architecture, multiple) in again().items():
        print(f"| {name} | {multiple:.2f} | {made.multiple(architecture):.2f} | {made.basis(architecture)} |")
    for name, chosen, core in EXACT:
        multiple = made.by_terms(preset(chosen)) / made.standard
        print(f"| {name} | {core / made.standard:.2f} | {multiple:.2f} | if it were not looked up |")
    if drawn:
        picture(drawn, times, predicted)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
