"""The runs of a search on W&B's server as rows, and the front's model files on their way there."""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nasamp.errors import ConfigError
from nasamp.tracking.rows import row

_STATES = {"finished": "finished", "failed": "failed", "running": "running"}
_PAGE = 200  # runs in one answer
_REPORT = "pareto"  # job_type of the run that holds the front


@dataclass(frozen=True)
class Place:
    """Where a search is on the server: ``search`` is the group of its runs."""

    entity: str
    project: str
    search: str


def read_runs(place: Place) -> list[dict[str, Any]]:
    """Return a row per job, in the order of their training; of two runs of one job the newer counts.

    Raises:
        ConfigError: where the server cannot be asked, or knows no such project.
    """
    import wandb

    found: dict[tuple[str, str], dict[str, Any]] = {}
    with _one_line(place):
        runs = wandb.Api().runs(
            f"{place.entity}/{place.project}",
            filters={"group": place.search},
            order="+created_at",
            per_page=_PAGE,
            lazy=False,  # else each run is asked for by itself
        )
        described = [
            {"name": run.name, "job_type": run.job_type, "config": run.config, "state": run.state}
            | {"summary": dict(run.summary_metrics), "url": run.url}
            for run in runs
        ]
    for run in sorted(described, key=_last_heard):
        if run["job_type"] != _REPORT:
            found[run["name"], run["job_type"]] = row(run, _STATES.get(run["state"], "crashed"))
    return list(found.values())


def upload(place: Place, files: Sequence[Path], metadata: Mapping[str, Any], *, aliases: Sequence[str]) -> str:
    """Upload files as one artifact of type model, named after the search, and return its full name.

    Files that the server has already make no new version. The run that holds it is one for each search.
    """
    import wandb

    name = f"{place.search}-front"
    artifact = wandb.Artifact(name, type="model", metadata=dict(metadata))
    for path in files:
        artifact.add_file(str(path), name=path.name)
    run_id = hashlib.sha256(f"{place.entity}/{place.project}/{place.search} {_REPORT}".encode()).hexdigest()[:16]
    with _one_line(place), tempfile.TemporaryDirectory() as folder:  # W&B's copy of what it sends is not kept
        settings = wandb.Settings(silent=True, console="off", x_disable_stats=True)
        wandb.setup(settings)
        run = wandb.init(
            entity=place.entity,
            project=place.project,
            group=place.search,
            job_type=_REPORT,
            id=run_id,
            resume="allow",
            name=name,
            dir=folder,
            settings=settings,
        )
        with run:
            run.log_artifact(artifact, aliases=list(aliases)).wait()
    return f"{place.entity}/{place.project}/{name}"


def _last_heard(run: Mapping[str, Any]) -> float:
    """Return when a run logged last, in s; the server's own time of a run that was synced is that of the syncing."""
    return float(run["summary"].get("_timestamp", float("inf")))


@contextmanager
def _one_line(place: Place) -> Iterator[None]:
    """Turn what W&B's client raises into one line."""
    import wandb
    from wandb.sdk.lib.service.service_connection import WandbApiFailedError  # what a server that answers not becomes

    try:
        yield
    except (wandb.Error, WandbApiFailedError, ValueError, OSError) as error:
        reason = (str(error) or repr(error)).splitlines()[0]
        raise ConfigError(f"source=server: {place.entity}/{place.project}: {reason}") from None
