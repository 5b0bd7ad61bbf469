"""A whole search against the original's: python benchmarks/whole_search.py FOLDER EPOCHS NAME [NAME ...].

Searches poc on each recording FOLDER/NAME by both recipes, with the real program: ours as it comes, the original's with
its own selection, every survivor begun anew, and its second phase cut at EPOCHS of 2,000, since on the compiled step
(the same mathematics) it would still take a day. results/ in the current folder keeps the searches.

Ours is charged the CPU time of the program with all that it does: imports, checks, validations, benchmarks, exports.
The original is charged its steps alone, each with what one takes in its own loop (training_step.py): that is computed,
and the least that it can have taken. Hypervolumes are of the fronts of the last phase, validation ESR in dB against
MACs per sample, on the scale of both together.
"""

import json
import sys
import tempfile
from pathlib import Path

from fronts import hypervolumes
from program import cpu_seconds, original_step, results
from recorded import as_configs

ROUNDS = 2
ORIGINAL = ["recipe=original", "search.select=loss", "search.warm_start=false"]
ORIGINAL += ["model.implementation=fused", "logger=none"]


def ours(common: list[str], name: str) -> dict[str, float]:
    """Search; return the CPU seconds of the first phase alone, and of all."""
    kept = Path(f"results/{name}.cpu.json")
    if not kept.exists():
        quick = cpu_seconds(*common, f"search.name={name}", "phase=quick")
        kept.write_text(json.dumps({"quick": quick, "all": quick + cpu_seconds(*common, f"search.name={name}")}))
    return json.loads(kept.read_text())


def seconds_of_the_original(shapes: list[tuple[int, int]]) -> dict[tuple[int, int], float]:
    """Return the CPU seconds of a step of the original's loop, the best of rounds in turns."""
    found: dict[tuple[int, int], list[float]] = {}
    for _ in range(ROUNDS):
        for shape in shapes:
            found.setdefault(shape, []).append(original_step(*shape))
    return {shape: min(seconds) for shape, seconds in found.items()}


def main() -> None:
    """Search, and print a table of the searches and one of their models."""
    totals, models = [], []
    with tempfile.TemporaryDirectory() as temporary:
        conf = Path(temporary) / "conf"
        as_configs(Path(sys.argv[1]), conf)
        for recording in sys.argv[3:]:
            common = ["--config-dir", str(conf), "-m", "search=poc", f"data={recording}", "launcher=basic"]
            cpu = ours(common, f"ours_{recording}")
            cpu_seconds(*common, *ORIGINAL, f"recipe.full.epochs={sys.argv[2]}", f"search.name=original_{recording}")
            our, their = (results(f"{whose}_{recording}").set_index("phase") for whose in ("ours", "original"))
            their["steps"] = [curve.index[-1] for curve in their["curve"]]
            step = seconds_of_the_original(sorted({(row.layers, row.channels) for row in their.itertuples()}))
            their["charged"] = [row.steps * step[row.layers, row.channels] for row in their.itertuples()]
            charged = {"quick": their.loc["quick", "charged"].sum(), "all": their["charged"].sum()}
            volumes = hypervolumes([our.loc["full"], their.loc["full"]])
            for what in ("quick", "all"):
                cells = [recording, what, f"{charged[what]:,.0f}", f"{cpu[what]:,.0f}"]
                cells += [f"{charged[what] / cpu[what]:,.0f}"]
                cells += [f"{volume:.3f}" for volume in volumes[::-1]] if what == "all" else ["", ""]
                totals.append(cells)
            both = our.loc["quick"].merge(their.loc["quick"], on="candidate", suffixes=("_our", "_their"))
            for row in both.sort_values("candidate").itertuples():
                cells = [
                    recording,
                    row.candidate,
                    f"{row.steps:,}",
                    f"{step[row.layers_our, row.channels_our]:.3f}",
                ]
                models.append([*cells, f"{row.val_esr_their:.3g}", f"{row.val_esr_our:.3g}"])
    heads = [
        "recording",
        "phases",
        "CPU s, original (computed)",
        "CPU s, ours",
        "ratio",
        "hypervolume, original",
        "ours",
    ]
    table(heads, totals)
    table(["recording", "model", "steps, original", "CPU s a step", "quick val ESR, original", "ours"], models)


def table(heads: list[str], rows: list[list[str]]) -> None:
    """Print a table."""
    print(
        "\n".join([f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", *(f"| {' | '.join(row)} |" for row in rows)])
    )
    print()


if __name__ == "__main__":
    main()
