"""The training curves of all runs, reduced to the resolution of a screen."""

from typing import Any

import numpy as np

from nasamp.pareto.front import Analysis
from nasamp.pareto.job_files import curve_of
from nasamp.pareto.page.links import Links
from nasamp.pareto.page.points import number
from nasamp.training import curve

_LONGEST = 250  # validations of a curve; a wide screen has five pixels for each


def curves(part: Analysis, point_of: dict[tuple[str, ...], str], links: Links) -> list[dict[str, Any]]:
    """Return the steps, epochs and losses of each run of one recording that has a history."""
    found = []
    has_seeds = part.runs["seed"].nunique() > 1
    for _, row in part.runs.iterrows():
        if rows := _thinned(curve_of(links.job(row))):
            columns = {key: [number(each[key]) for each in rows] for key in curve.KEYS}
            seed = f", seed {row['seed']}" if has_seeds else ""
            name = f"{row['candidate']} ({row['phase']}{seed})"
            point = point_of.get((row["phase"], row["recording"], row["candidate"]))
            found.append({"name": name, "phase": str(row["phase"]), "point": point, **columns})
    return found


def _thinned(rows: curve.Rows) -> curve.Rows:
    """Return about ``_LONGEST`` rows at most, evenly spaced, with the last and the best."""
    if len(rows) <= _LONGEST:
        return rows
    best = int(np.argmin([row["val/esr"] for row in rows]))
    kept = np.unique([*np.linspace(0, len(rows) - 1, _LONGEST).round().astype(int), best])
    return [rows[place] for place in kept]
