"""Stores an analysis as a W&B run: the table of models, the front as a chart, clips to listen to, the report."""

import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nasamp.audio.clip import Clip
from nasamp.tracking import environment
from nasamp.tracking.reading import JOB_TYPE
from nasamp.tracking.run import FAILED, FINISHED
from nasamp.tracking.server import Place, one_line


@dataclass(frozen=True)
class RunContent:
    """The content of the run.

    Attributes:
        search: name of the search, the group of its runs.
        models: a row for each model, with ``name``, ``kind`` (front, dominated or scan), the columns of the chart and
            any other plain ones.
        chart: the columns of the horizontal and the vertical axis.
        clips: by recording/model; those of one recording have the same target.
        exports: model files of the front; if there are any, they become an artifact.
        exports_metadata: the metadata of that artifact.
        aliases: of both artifacts, besides latest.
    """

    search: str
    config: Mapping[str, Any]
    summary: Mapping[str, Any]
    models: pd.DataFrame
    chart: tuple[str, str]
    clips: Mapping[str, Clip]
    report: Path
    exports: Sequence[Path] = ()
    exports_metadata: Mapping[str, Any] = field(default_factory=dict)
    aliases: Sequence[str] = ()


def run_id(*parts: str) -> str:
    """Return the id of the run, which is the same for the same search and settings."""
    return hashlib.sha256(" ".join([*parts, JOB_TYPE]).encode()).hexdigest()[:16]


def write_offline(content: RunContent, folder: Path, *, project: str, uid: str) -> Path:
    """Write the run into the search's wandb folder, replacing an earlier one, and return its folder.

    ``wandb sync`` uploads it with the others.

    Raises:
        ConfigError: where W&B cannot write.
    """
    identity = run_id(uid, *map(str, content.config.values()))
    for earlier in (folder / "wandb").glob(f"offline-run-*-{identity}"):
        shutil.rmtree(earlier)
    with (
        one_line("track=true; track=false leaves W&B out"),
        _running(content, folder, identity, mode="offline", project=project) as run,
    ):
        _log(run, content)
    return next((folder / "wandb").glob(f"offline-run-*-{identity}"))


def write_online(content: RunContent, place: Place) -> str:
    """Upload the run and its artifacts, and return the name of the artifact of the exports.

    An analysis that was uploaded before is updated; unchanged files make no new version.

    Raises:
        ConfigError: where the server refuses or does not answer.
    """
    identity = run_id(place.entity, place.project, place.search)
    where = {"mode": "online", "entity": place.entity, "project": place.project, "resume": "allow"}
    with (
        one_line(place.asked),
        tempfile.TemporaryDirectory() as folder,  # W&B's copies of the uploaded files are not kept
        _running(content, Path(folder), identity, **where) as run,
    ):
        for artifact in _log(run, content):
            artifact.wait()
    return f"{place.entity}/{place.project}/{content.search}-front"


@contextmanager
def _running(content: RunContent, folder: Path, identity: str, **place: Any) -> Iterator[Any]:
    """Yield the run, and end it; W&B's own context manager would print a traceback of every error."""
    import wandb

    environment.move_out_of_a_full_home()
    settings = wandb.Settings(silent=True, console="off", x_disable_stats=True)
    wandb.setup(settings)
    run = wandb.init(
        id=identity,
        group=content.search,
        job_type=JOB_TYPE,
        name=f"{content.search}-front",
        tags=[JOB_TYPE],
        config=dict(content.config),
        dir=str(folder),
        settings=settings,
        **place,
    )
    exit_code = FAILED
    try:
        yield run
        exit_code = FINISHED
    finally:
        run.finish(exit_code=exit_code)


def _log(run: Any, content: RunContent) -> list[Any]:
    """Log the content, and return the artifacts, whose upload may still run."""
    import wandb

    front = content.models[content.models["kind"] == "front"]
    tables = {name: wandb.Table(dataframe=rows) for name, rows in (("models", content.models), ("front", front))}
    charts = {
        f"{name}_chart": wandb.plot.scatter(
            table, *content.chart, title=f"{name}: {' against '.join(content.chart[::-1])}"
        )
        for name, table in tables.items()
    }
    sounds = {f"listen/{name}": sound for name, sound in _sounds(content.clips).items()}
    logged: dict[str, Any] = tables | charts | sounds
    run.log(logged)
    run.summary.update(dict(content.summary))
    report = wandb.Artifact(f"{_artifact_name(content.search)}-report", type="report")
    report.add_file(str(content.report), name=content.report.name, policy="immutable", skip_cache=True)
    sent = [run.log_artifact(report, aliases=["latest", *content.aliases])]
    if content.exports:
        files = wandb.Artifact(
            f"{_artifact_name(content.search)}-front", type="model", metadata=dict(content.exports_metadata)
        )
        for path in content.exports:
            files.add_file(str(path), name=path.name, policy="immutable", skip_cache=True)
        sent.append(run.log_artifact(files, aliases=["latest", *content.aliases]))
    return sent


def _sounds(clips: Mapping[str, Clip]) -> dict[str, Any]:
    """Return the clips of the amp, and of each model at the amp's level, as W&B's audio."""
    import wandb

    found: dict[str, Any] = {}
    for name, clip in clips.items():
        level = np.sqrt(np.mean(clip.target.astype(float) ** 2) / max(np.mean(clip.model.astype(float) ** 2), 1e-18))
        amp = f"{name.partition('/')[0]}/amp"
        found.setdefault(amp, wandb.Audio(clip.target, clip.sample_rate, caption=amp))
        found[name] = wandb.Audio(clip.model * np.float32(level), clip.sample_rate, caption=name)
    return found


def _artifact_name(search: str) -> str:
    """Return the name of a search in the characters that W&B allows for an artifact.

    >>> _artifact_name("my amp (lead)")
    'my_amp_lead'
    """
    return re.sub(r"[^\w.-]+", "_", search, flags=re.ASCII).strip("_") or "search"
