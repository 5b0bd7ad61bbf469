"""What successive halving loses: python benchmarks/halving.py FOLDER NAME [NAME ...].

Searches poc on each recording FOLDER/NAME twice, by the real program: once with schedule=halving, once with the same
rungs from which nobody is removed. Prints Kendall's tau of each rung against the final order of all models, the
hypervolume of halving's front as a share of that of all (validation ESR in dB against MACs per sample, both on the
scale of all models), and CPU seconds. results/ in the current folder keeps the searches.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import moocore
import numpy as np
import pandas as pd
from recorded import as_configs
from scipy.stats import kendalltau

from nasamp.pareto.front import REFERENCE, scaled

RUNGS = ("rung_1", "rung_2", "full")
NOBODY_REMOVED = f"search.phases=[{','.join(f'{{phase: {rung}, keep: 1.0}}' for rung in RUNGS)}]"


def cpu_seconds(conf: Path, recording: str, name: str, how: str) -> float:
    """Search; return the CPU seconds of the program and its workers."""
    command = [sys.executable, "-m", "nasamp", "--config-dir", str(conf), "-m", "search=poc", how]
    before = os.times()
    subprocess.run([*command, f"data={recording}", f"search.name={name}"], check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def results(name: str) -> pd.DataFrame:
    """Return the finished jobs of a search."""
    return pd.DataFrame(json.loads(path.read_text()) for path in Path("results", name).glob("*/*/result.json"))


def share(everyone: pd.DataFrame, some: pd.DataFrame) -> float:
    """Return the hypervolume of the front of some, as a share of that of everyone."""
    columns = ["val_esr_db", "macs_per_sample"]
    unit = pd.DataFrame(scaled(everyone[columns].to_numpy(float), ["lower"] * 2), index=everyone["candidate"])
    volumes = [
        moocore.hypervolume(np.asarray(unit.loc[each["candidate"]]), ref=[REFERENCE] * 2) for each in (some, everyone)
    ]
    return float(volumes[0] / volumes[1])


def main() -> None:
    """Search and print."""
    folder, names = Path(sys.argv[1]), sys.argv[2:]
    print("| recording | tau of rung 1 | of rung 2 | hypervolume, of that of all | CPU s halving | CPU s all |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        conf = Path(temporary) / "conf"
        as_configs(folder, conf)
        for name in names:
            halving = cpu_seconds(conf, name, f"halving_{name}", "schedule=halving")
            all_ = cpu_seconds(conf, name, f"all_{name}", NOBODY_REMOVED)
            every, chosen = results(f"all_{name}"), results(f"halving_{name}")
            by_rung = every.pivot_table("val_esr", "candidate", "phase")
            taus = [kendalltau(by_rung[rung], by_rung["full"]).statistic for rung in RUNGS[:-1]]
            kept = share(every[every["phase"] == "full"], chosen[chosen["phase"] == "full"])
            cells = [name, *(f"{tau:.2f}" for tau in taus), f"{kept:.4f}", f"{halving:,.0f}", f"{all_:,.0f}"]
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
