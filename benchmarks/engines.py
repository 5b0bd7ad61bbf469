"""What models cost in each engine, and whether formula and engines agree: python benchmarks/engines.py.

Prints the tables of docs/exports.md. Each real-time factor is CPU time over audio time, the best of several rounds
in which all models take turns: what else runs on the machine disturbs the least disturbed round little.
"""

import itertools
import tempfile
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from nasamp.architecture import counts, stack
from nasamp.benchmark import engines, speed
from nasamp.benchmark.machine import machine
from nasamp.export import nam, onnx, vox
from nasamp.models import WaveNet

LAYERS, CHANNELS, KERNEL_SIZE = (5, 6, 7, 8), (16, 24, 32), 3
BLOCKS, SECONDS, ROUNDS, RATE = (64, 512), 1.0, 5, 44_100


def main() -> None:
    """Measure and print."""
    shapes = list(itertools.product(LAYERS, CHANNELS))
    nets = [WaveNet(stack(layers=layers, channels=channels, kernel_size=KERNEL_SIZE)) for layers, channels in shapes]
    installed = [engine for engine in engines.ENGINES if not engines.missing(engine)]
    sizes = [counts(stack(*shape, KERNEL_SIZE)) for shape in shapes]
    columns: dict[str, list[float]] = {
        "MACs": [each.macs_per_sample for each in sizes],
        "tanh": [each.activations_per_sample for each in sizes],
    }
    for engine, block in itertools.product(installed, BLOCKS):
        columns[f"{engine}, {block}"] = best(nets, engine, block)
    for engine in installed:
        print(f"- {engines.described(engine)}")
    print(f"- {machine()}; 44.1 kHz\n")
    files = [sizes(net) for net in nets]
    columns |= {ending: [each[ending] for each in files] for ending in files[0]}
    names = [f"L{layers} C{channels}" for layers, channels in shapes]
    table(["model", *columns], [[name, *map(shown, row)] for name, *row in zip(names, *columns.values(), strict=True)])
    ranked = [name for name in columns if not name.startswith(".")]
    rho = [[spearmanr(columns[one], columns[other]).statistic for other in ranked] for one in ranked]
    print("\nSpearman's rank correlation:\n")
    table(["", *ranked], [[name, *(f"{value:.2f}" for value in row)] for name, row in zip(ranked, rho, strict=True)])


def best(nets: list[WaveNet], engine: engines.Engine, block: int) -> list[float]:
    """Return the lowest mean real-time factor of each network."""
    rounds = [
        [speed.factor(net, engine, block=block, seconds=SECONDS, sample_rate=RATE).mean for net in nets]
        for _ in range(ROUNDS)
    ]
    return np.min(rounds, axis=0).tolist()


def sizes(net: WaveNet) -> dict[str, float]:
    """Return the sizes of a network's files in bytes."""
    with tempfile.TemporaryDirectory() as name:
        paths = {ending: Path(name) / f"a{ending}" for ending in (".nam", ".json", ".onnx")}
        nam.write(paths[".nam"], net, sample_rate=RATE, metadata={})
        vox.write(paths[".json"], net, sample_rate=RATE)
        onnx.write(paths[".onnx"], net, sample_rate=RATE)
        return {ending: path.stat().st_size for ending, path in paths.items()}


def shown(value: float) -> str:
    """Return a factor with four digits, a count with commas."""
    return f"{value:.4f}" if isinstance(value, float) else f"{value:,}"


def table(header: list[str], rows: list[list[str]]) -> None:
    """Print Markdown."""
    print("| " + " | ".join(header) + " |")
    print("|---" + "|---:" * (len(header) - 1) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
