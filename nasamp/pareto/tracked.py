"""Stores the analysis as a W&B run: offline beside the search's runs, or on the server with the front's model files."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from nasamp.audio.clip import Clip
from nasamp.errors import ConfigError
from nasamp.pareto.candidates import titled
from nasamp.pareto.front import Analysis
from nasamp.pareto.job_files import clip_of, exports, nam_of, place
from nasamp.pareto.page.points import axes
from nasamp.pareto.picks import Pick
from nasamp.tracking import analysis_run, server
from nasamp.tracking.analysis_run import RunContent
from nasamp.tracking.reading import offline_project

_DESCRIBED = ("name", "recording", "candidate", "val_esr")
_MOST_CLIPS = 12  # of the picks, then of the front


def offline(analysis: Analysis, picks: Sequence[Pick], runs: Path, report: Path, search: Mapping[str, Any]) -> bool:
    """Write the run into the search's wandb folder; return False, without writing, where that has no offline runs."""
    project = offline_project(runs)
    if project is None:
        return False
    content = _content(analysis, picks, runs, report, str(search["name"]))
    analysis_run.write_offline(content, runs, project=project, uid=str(search.get("uid", "")))
    return True


def upload(analysis: Analysis, picks: Sequence[Pick], runs: Path, report: Path, place: server.Place) -> str:
    """Send the run and the exports of all models on the front to the server, and return the artifact's name.

    Its aliases are latest and the phase; its metadata names the models, their numbers and the picks. The runs on the
    front get the tag ``pareto``.

    Raises:
        ConfigError: where a model of the front has no file there.
    """
    files = [path for _, row in analysis.front.iterrows() for path in _files(row, runs)]
    columns = list(dict.fromkeys([*_DESCRIBED, analysis.cost, *analysis.objectives]))
    metadata = {
        "models": json.loads(analysis.front[columns].to_json(orient="records")),
        "picks": [
            {"title": pick.title, "recording": pick.row["recording"], "name": pick.row["name"]} for pick in picks
        ],
    }
    content = _content(analysis, picks, runs, report, place.search)
    content = replace(content, exports=files, exports_metadata=metadata, aliases=[analysis.phase])
    name = analysis_run.write_online(content, place)
    front = analysis.runs[analysis.runs["on_front"]]
    server.tag_front(place, set(zip(front["name"], front["phase"], strict=True)))
    return name


def _content(analysis: Analysis, picks: Sequence[Pick], runs: Path, report: Path, search: str) -> RunContent:
    measured = [quantity.column for quantity in axes(analysis)]
    competing = titled(analysis.competing)
    competing = competing.assign(kind=competing["on_front"].map({True: "front", False: "dominated"}))
    models = pd.concat([competing, titled(analysis.scan_only).assign(kind="scan")])
    right = analysis.cost if analysis.cost in measured else analysis.objectives[1]
    up = "val_esr_db" if "val_esr_db" in measured else analysis.objectives[0]
    return RunContent(
        search=search,
        config={"search": search, "phase": analysis.phase, "objectives": ", ".join(analysis.objectives)},
        summary={
            "models": len(analysis.competing),
            "on_front": len(analysis.front),
            "hypervolume": analysis.hypervolume,
            "cost": analysis.cost,
            **{f"{pick.title.lower()}, {pick.row['recording']}": pick.row["name"] for pick in picks},
        },
        models=models[["name", "kind", "phase", "recording", "seeds", *measured]],
        chart=(right, up),
        clips=_clips([*(pick.row for pick in picks), *(row for _, row in analysis.front.iterrows())], runs),
        report=report,
    )


def _clips(rows: Sequence[pd.Series], runs: Path) -> dict[str, Clip]:
    found: dict[str, Clip] = {}
    for row in rows:
        name = f"{row['recording']}/{row['candidate']}"
        if name in found or len(found) >= _MOST_CLIPS:
            continue
        if clip := clip_of(runs / place(row)):
            found[name] = clip
    return found


def _files(row: pd.Series, runs: Path) -> list[Path]:
    files = list(exports(row, runs).values())
    missing = [path for path in files or [nam_of(row, runs)] if not path.exists()]
    if missing:
        raise ConfigError(
            f"upload=true: {missing[0]} is missing on this machine; the last phase must write it (phase.export=true)"
        )
    return files
