"""The whole front in one .nam, behind the slim knob of NAM's plugin."""

from pathlib import Path
from typing import Any

import pandas as pd

from nasamp.errors import ConfigError
from nasamp.export import document
from nasamp.export.slimmable import container
from nasamp.pareto.front import Analysis
from nasamp.pareto.recordings import file_name
from nasamp.quantities import QUANTITIES

COST = "macs_per_sample"


def write_fronts(analysis: Analysis, runs: Path, output: Path) -> dict[Path, list[str]]:
    """Write front.nam, or front_RECORDING.nam for each of several recordings; return which models each holds.

    The models stand in the order of their MACs per sample; one that costs more and is no better by the first
    objective is left out, so that more of the knob is never worse.

    Args:
        analysis: its front is taken.
        runs: the search's folder, in which each job has its .nam.
        output: folder.

    Raises:
        ConfigError: where a model of the front has no .nam.
    """
    written = {}
    for recording, rows in analysis.front.groupby("recording"):
        better = improving(rows, analysis.objectives[0])
        path = output / file_name("front.nam", str(recording), analysis)
        _write(better, runs, path, name=f"{recording} front")
        written[path] = [str(name) for name in better["name"]]
    return written


def improving(rows: pd.DataFrame, quality: str) -> pd.DataFrame:
    """Return the rows that are better than every cheaper one, the cheapest first."""
    rows = rows.sort_values([COST, quality, "id"], kind="stable")
    values = rows[quality] if QUANTITIES[quality].better == "lower" else -rows[quality]
    return rows[values < values.cummin().shift(fill_value=float("inf"))]


def _write(rows: pd.DataFrame, runs: Path, path: Path, *, name: str) -> None:
    places = [runs / str(row["phase"]) / str(row["name"]) / f"{row['name']}.nam" for _, row in rows.iterrows()]
    if missing := [place for place in places if not place.exists()]:
        raise ConfigError(
            f"export.slimmable=true: {missing[0]} is not there; the last phase must write it (phase.export=true)"
        )
    contents: list[dict[str, Any]] = [dict(document.read(place).content) for place in places]
    document.write(path, container(contents, name=name))
