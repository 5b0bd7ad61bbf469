"""What a quick job does beside its mathematics: python benchmarks/beside_steps.py.

The first phase of search=poc on 90 s of built-in guitar, in this process, with timers around the forward pass and the
loss, the backward pass, and the optimizer with its average. `evaluation` is the forward pass on validation and test.
All other CPU time of a job is that of Lightning, data, metrics, checkpoints and the final numbers. The first job warms
up and does not count.
"""

import functools
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import chdir, redirect_stdout
from typing import Any

import pandas as pd
import torch

from nasamp import app, losses
from nasamp.command_line import entry
from nasamp.schema import Config
from nasamp.training.module import Training
from nasamp.training.optimizers import Average, MuonWithAdam

SEARCH = ["-m", "search=poc", "phase=quick", "data.seconds=90", "launcher=basic", "logger=none"]
INSIDE = ["forward", "backward", "optimizer", "evaluation"]
WATCHED = [
    (Training, "_predict", "forward"),
    (torch.Tensor, "backward", "backward"),
    (MuonWithAdam, "step", "optimizer"),
    (Average, "update", "optimizer"),
    (app, "job", "job"),
]
spent: Counter[str] = Counter()


def watched(function: Callable[..., Any], what: str) -> Callable[..., Any]:
    """Return the function; it adds up the CPU seconds of its calls."""

    @functools.wraps(function)
    def timed(*arguments: Any, **settings: Any) -> Any:
        before = time.process_time()
        try:
            return function(*arguments, **settings)
        finally:
            place = "evaluation" if what == "forward" and not torch.is_grad_enabled() else what
            spent[place] += time.process_time() - before

    return timed


def main() -> None:
    """Measure and print."""
    for owner, name, what in WATCHED:
        setattr(owner, name, watched(getattr(owner, name), what))
    rows, timed, combined = [], app.job, losses.weighted_sum
    losses.weighted_sum = lambda terms: watched(combined(terms), "forward")

    def job(config: Any) -> None:
        spent.clear()
        timed(config)
        rows.append({"model": f"L{config.model.layers} C{config.model.channels}", **spent})

    app.job = job
    sys.argv = ["nasamp", *SEARCH, "trainer.accelerator=cpu"]
    with tempfile.TemporaryDirectory() as folder, chdir(folder), redirect_stdout(sys.stderr):
        code = entry.run(app.job, "config", Config, has_sweeper=True)
    if code:
        sys.exit(code)
    table = pd.DataFrame(rows[1:]).set_index("model").sort_values("job")
    table.loc["all"] = table.sum()
    table["rest"] = table["job"] - table[INSIDE].sum(axis=1)
    heads = ["model", "CPU s of a job", *INSIDE, "the rest", "share of the rest"]
    print(f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
    for model, row in table.iterrows():
        cells = [f"{row[key]:.2f}" for key in ("job", *INSIDE, "rest")]
        print(f"| {model} | {' | '.join(cells)} | {row['rest'] / row['job']:.0%} |")


if __name__ == "__main__":
    main()
