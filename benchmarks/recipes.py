"""What each recipe reaches, and in which time: python benchmarks/recipes.py [FOLDER SEED [SEED ...]].

FOLDER holds a folder for each recording, with input.flac and output.flac. The searches are the real program's, phase
quick, of three shapes on those recordings and on 90 s of each virtual device; results/ in the current folder keeps
them, so the same command goes on. Without arguments it is one shape on one device with one seed, and nothing is kept.

The original's CPU time is computed: its steps, times what a step of its own loop takes (training_step.py), not what it
took here on the compiled step. Ours is the steps to the same validation error, times what a step takes in the program.
"""

import contextlib
import sys
import tempfile
from pathlib import Path
from statistics import mean, stdev

import pandas as pd
from program import cpu_seconds, original_step, results
from recorded import as_configs

SHAPES = [(5, 16), (6, 16), (8, 32)]
DEVICES = "data.device=overdrive,screamer,muff,tube"
LENGTHS = (200, 1000)  # steps of two trainings whose difference is the time of a step
KEY = ["recording", "layers", "channels"]
Shape = tuple[int, int]


def train(recipe: str, seed: int, conf: Path, names: str) -> None:
    """Train what is not trained yet."""
    common = ["--config-dir", str(conf), "-m", "phase=quick", f"recipe={recipe}", f"seed={seed}", "logger=none"]
    for layers, channels in SHAPES:
        shape = [f"model.layers={layers}", f"model.channels={channels}"]
        cpu_seconds(*common, f"search.name={recipe}_s{seed}", f"data={names}", *shape)
        cpu_seconds(*common, f"search.name={recipe}_s{seed}_dev", DEVICES, "data.seconds=90", *shape)


def length(steps: int) -> list[str]:
    """Return the settings of a training with one validation, at its end."""
    return ["phase=quick", f"phase.length.steps={steps}", f"phase.validate_every={steps}", "logger=none"]


def seconds_of_a_step(shape: Shape) -> tuple[float, float]:
    """Return CPU seconds of a step of the original's loop, and of the recipe fast in the program."""
    layers, channels = shape
    common = [f"model.layers={layers}", f"model.channels={channels}", "trainer.accelerator=cpu", "launcher=basic"]
    with tempfile.TemporaryDirectory() as folder:
        short, long = (
            min(
                cpu_seconds("-m", *common, *length(steps), f"search.name=steps_{steps}_{i}", folder=folder)
                for i in range(2)
            )
            for steps in LENGTHS
        )
    return original_step(*shape), (long - short) / (LENGTHS[1] - LENGTHS[0])


def spread(column: pd.Series) -> str:
    """Return mean and standard deviation over seeds."""
    return f"{mean(column):.4f} ± {stdev(column):.4f}" if len(column) > 1 else f"{mean(column):.4f}"


def row(
    key: tuple[str, int, int], original: pd.DataFrame, fast: pd.DataFrame, seconds: tuple[float, float]
) -> list[str]:
    """Return the cells of a recording and shape."""
    reached = mean(original["val_esr"])
    theirs = mean(curve.index[-1] for curve in original["curve"]) * seconds[0]
    steps = [curve.index[curve <= reached].min() for curve in fast["curve"]]
    ours = mean(steps) * seconds[1]
    return [
        key[0],
        f"L{key[1]} C{key[2]}",
        *(f"{len(each)}" for each in (original, fast)),
        *(spread(each[column]) for column in ("val_esr", "test_esr") for each in (original, fast)),
        f"{mean(steps):.0f}",
        f"{theirs:,.0f}",
        f"{ours:.2f}",
        f"{theirs / ours:,.0f}",
    ]


def report(shapes: list[Shape]) -> None:
    """Print the table of what is trained."""
    seconds = {shape: seconds_of_a_step(shape) for shape in shapes}
    for (layers, channels), (theirs, ours) in seconds.items():
        print(f"CPU ms per step, L{layers} C{channels}: the original's {theirs * 1000:.0f}, ours {ours * 1000:.2f}")
    heads = ["recording", "model", "seeds original", "fast", "val ESR original", "fast", "test ESR original", "fast"]
    heads += ["steps of fast to the original's val ESR", "CPU s original (computed)", "CPU s fast", "ratio"]
    print(f"\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    both = [dict(list(results(f"{recipe}_s*").groupby(KEY))) for recipe in ("original", "fast")]
    for key in both[0]:
        print(f"| {' | '.join(row(key, both[0][key], both[1][key], seconds[key[1:]]))} |")


def short() -> None:
    """Train the first shape on 90 s of one device, and print the table."""
    layers, channels = SHAPES[0]
    common = ["-m", "phase=quick", "logger=none", "data.seconds=90", f"model.layers={layers}"]
    common += [f"model.channels={channels}", "trainer.accelerator=cpu"]
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for recipe in ("original", "fast"):
            cpu_seconds(*common, f"recipe={recipe}", f"search.name={recipe}_s1")
        report(SHAPES[:1])


def main() -> None:
    """Train, and print the table."""
    if len(sys.argv) == 1:
        return short()
    folder, seeds = Path(sys.argv[1]), [int(each) for each in sys.argv[2:]]
    with tempfile.TemporaryDirectory() as temporary:
        conf = Path(temporary) / "conf"
        names = as_configs(folder, conf)
        for seed in seeds:
            train("fast", seed, conf, names)
            train("original", seed, conf, names)
    return report(SHAPES)


if __name__ == "__main__":
    main()
