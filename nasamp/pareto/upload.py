"""The front's model files as one artifact on W&B's server."""

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from nasamp.errors import ConfigError
from nasamp.pareto.front import Analysis
from nasamp.pareto.picks import Pick
from nasamp.tracking import server

_EXPORTS = ("nam", "vox_json", "onnx")
_DESCRIBED = ("name", "recording", "candidate", "val_esr", "macs_per_sample")


def upload(analysis: Analysis, picks: Sequence[Pick], runs: Path, place: server.Place) -> str:
    """Upload the exports of all models on the front, and return the artifact's name.

    Its aliases are latest and the phase; its metadata names the models, their numbers and the picks.

    Args:
        runs: the search's folder, in which each job has its files.

    Raises:
        ConfigError: where a model of the front has no file there.
    """
    files = [path for _, row in analysis.front.iterrows() for path in _files(row, runs)]
    columns = list(dict.fromkeys([*_DESCRIBED, *analysis.objectives]))
    metadata = {
        "models": json.loads(analysis.front[columns].to_json(orient="records")),
        "picks": [
            {"title": pick.title, "recording": pick.row["recording"], "name": pick.row["name"]} for pick in picks
        ],
    }
    return server.upload(place, files, metadata, aliases=["latest", analysis.phase])


def _files(row: pd.Series, runs: Path) -> list[Path]:
    folder = runs / str(row["phase"]) / str(row["name"])
    files = [folder / Path(str(row[column])).name for column in _EXPORTS if pd.notna(row[column])]
    missing = [path for path in files or [folder / f"{row['name']}.nam"] if not path.exists()]
    if missing:
        raise ConfigError(
            f"upload=true: {missing[0]} is not there; the last phase must write it (phase.export=true), on this machine"
        )
    return files
