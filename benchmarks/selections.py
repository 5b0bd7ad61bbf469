"""What a schedule and a selection lose: python benchmarks/selections.py FOLDER NAME [NAME ...].

Searches poc on each recording FOLDER/NAME by the real program, with the phases of two_phase and of halving from which
nobody is removed; results/ in the current folder keeps them. Who would have gone on is then asked of the program's own
selection: a model's numbers do not depend on who else is trained. Prints Kendall's tau of each phase against the last
one over all models, and for each selection the hypervolume of its front as a share of that of all (validation ESR in dB
against MACs per sample, on the scale of all models), and its work, steps times MACs, as a share of that of all.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from fronts import hypervolumes
from program import cpu_seconds, results
from recorded import as_configs
from scipy.stats import kendalltau

from nasamp.search.phases import Scored, survivors
from nasamp.search.plan.space import Point

SCHEDULES = {
    name: yaml.safe_load(Path(__file__).parents[1].joinpath(f"conf/schedule/{name}.yaml").read_text())["phases"]
    for name in ("two_phase", "halving")
}


def search(conf: Path, recording: str, schedule: str) -> pd.DataFrame:
    """Search with nobody removed; return the jobs, each with the work that it was."""
    name = f"everyone_{schedule}_{recording}"
    phases = ", ".join(f"{{phase: {phase['phase']}}}" for phase in SCHEDULES[schedule])
    common = ["--config-dir", str(conf), "-m", "search=poc", f"data={recording}"]
    cpu_seconds(*common, f"search.name={name}", f"search.phases=[{phases}]")
    jobs = results(name).set_index(["phase", "candidate"])
    steps = [curve.index[-1] - 2 * curve.index[0] + curve.index[1] for curve in jobs["curve"]]
    return jobs.assign(work=jobs["macs_per_sample"] * steps)


def selected(jobs: pd.DataFrame, phases: list[dict[str, Any]], select: Any) -> tuple[list[str], float]:
    """Return the candidates of the last phase, and the work of all phases."""
    going, work = list(jobs.loc[phases[0]["phase"]].index), 0.0
    for phase in phases:
        there = jobs.loc[phase["phase"]].loc[going]
        work += there["work"].sum()
        if phase is phases[-1]:
            break
        scored = [
            Scored(Point(name, {}, (), name, (), {"macs_per_sample": row["macs_per_sample"]}, ""), row["val_esr"])
            for name, row in there.iterrows()
        ]
        going = [point.label for point in survivors(scored, phase, select, "macs_per_sample")]
    return going, work


def main() -> None:
    """Search and print."""
    heads = ["recording", "schedule", "tau", "select", "models", "hypervolume", "work"]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    with tempfile.TemporaryDirectory() as temporary:
        conf = Path(temporary) / "conf"
        as_configs(Path(sys.argv[1]), conf)
        for recording in sys.argv[2:]:
            for schedule, phases in SCHEDULES.items():
                jobs = search(conf, recording, schedule)
                *earlier, last = (jobs.loc[phase["phase"]] for phase in phases)
                taus = [kendalltau(*each["val_esr"].align(last["val_esr"])).statistic for each in earlier]
                for select in ("front", "loss"):
                    models, work = selected(jobs, phases, select)
                    chosen, everyone = hypervolumes([last.loc[models], last])
                    cells = [recording, schedule, ", ".join(f"{tau:.2f}" for tau in taus), select]
                    cells += [
                        " ".join(sorted(models)),
                        f"{chosen / everyone:.3f}",
                        f"{work / jobs['work'].sum():.2f}",
                    ]
                    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
