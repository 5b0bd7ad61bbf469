"""Writes the whole front into one .nam, whose models the slim knob of NAM's plugin selects."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from nasamp.errors import ConfigError
from nasamp.export import document
from nasamp.export.slimmable import container, part
from nasamp.pareto.by_recording import file_name
from nasamp.pareto.front import Analysis
from nasamp.pareto.job_files import nam_of

FILE = "front.nam"


def write_fronts(analysis: Analysis, runs: Path, output: Path) -> dict[Path, list[str]]:
    """Write front.nam, or front_RECORDING.nam for each of several recordings; return the models in each file.

    The models stand in the order of their cost; one that costs more and is no better by the first objective is left
    out, so that turning the knob up never makes the sound worse.

    Raises:
        ConfigError: where a model of the front has no .nam.
    """
    written = {}
    for recording, rows in analysis.front.groupby("recording"):
        better = improving(rows, analysis)
        path = output / file_name(FILE, str(recording), analysis)
        _write(better, runs, path, name=f"{recording} front")
        written[path] = [str(name) for name in better["name"]]
    return written


def described(models: Sequence[str]) -> str:
    """Return what a file of these models does, as text."""
    return (
        f"from the cheapest to the best: {', '.join(models)}; the plugin starts with {models[0]}, the cheapest, since "
        "its slim knob is at 0 by default; turn it up for the others"
    )


def about(analysis: Analysis) -> list[str]:
    """Return a line of Markdown about the file of each recording."""
    return [
        f"`{file_name(FILE, str(recording), analysis)}`: "
        + described([f"`{name}`" for name in improving(rows, analysis)["name"]])
        for recording, rows in analysis.front.groupby("recording")
    ]


def improving(rows: pd.DataFrame, analysis: Analysis) -> pd.DataFrame:
    """Return the rows that are better by the first objective than every cheaper one, the cheapest first."""
    quality = analysis.objectives[0]
    rows = rows.sort_values([analysis.cost, quality, "id"], kind="stable")
    values = rows[quality] if analysis.better[0] == "lower" else -rows[quality]
    return rows[values < values.cummin().shift(fill_value=float("inf"))]


def _write(rows: pd.DataFrame, runs: Path, path: Path, *, name: str) -> None:
    places = [nam_of(row, runs) for _, row in rows.iterrows()]
    if missing := [place for place in places if not place.exists()]:
        raise ConfigError(
            f"export.slimmable=true: {missing[0]} is missing; the last phase must write it (phase.export=true)"
        )
    document.write(path, container([part(document.read(place)) for place in places], name=name))
