"""The runs of a search on W&B's server: as rows, and with a tag on those of the front."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from nasamp.errors import ConfigError
from nasamp.tracking.reading import JOB_TYPE
from nasamp.tracking.rows import row

_STATES = {"finished": "finished", "failed": "failed", "running": "running"}
_PAGE = 200  # runs in one answer


@dataclass(frozen=True)
class Place:
    """Where a search is on the server: ``search`` is the group of its runs."""

    entity: str
    project: str
    search: str

    @property
    def asked(self) -> str:
        """Return the beginning of an error."""
        return f"source=server: {self.entity}/{self.project}"


def read_runs(place: Place) -> list[dict[str, Any]]:
    """Return a row per job, in the order of their training; of two runs of one job the newer counts.

    Raises:
        ConfigError: where the server cannot be asked, or knows no such project.
    """
    with one_line(place.asked):
        return [row(run, _STATES.get(run["state"], "crashed")) for run in _counted(place).values()]


def _runs(place: Place) -> Any:
    """Return the runs of a search, the report's among them."""
    import wandb

    return wandb.Api().runs(
        f"{place.entity}/{place.project}",
        filters={"group": place.search},
        order="+created_at",
        per_page=_PAGE,
        lazy=False,  # else each run is asked for by itself
    )


def _counted(place: Place) -> dict[tuple[str, str], dict[str, Any]]:
    """Return for each job, by name and phase, the run that counts."""
    described = [
        {"id": run.id, "name": run.name, "job_type": run.job_type, "config": run.config, "state": run.state}
        | {"summary": dict(run.summary_metrics), "url": run.url}
        for run in _runs(place)
        if run.job_type != JOB_TYPE
    ]
    return {(run["name"], run["job_type"]): run for run in sorted(described, key=_last_heard)}


def tag_front(place: Place, front: Collection[tuple[str, str]]) -> int:
    """Give the runs of the front the tag ``pareto``, take it from those that left, and return how many it has now.

    Args:
        front: name and phase of each run on it.
    """
    with one_line(place.asked):
        counted = _counted(place)
        tagged = 0
        for run in _runs(place):
            belongs = (run.name, run.job_type) in front and counted[run.name, run.job_type]["id"] == run.id
            tagged += belongs
            if belongs != (JOB_TYPE in run.tags) and run.job_type != JOB_TYPE:
                run.tags = [*(tag for tag in run.tags if tag != JOB_TYPE), *([JOB_TYPE] if belongs else [])]
                run.update()
    return tagged


def _last_heard(run: Mapping[str, Any]) -> float:
    """Return when a run logged last, in s; the server's own time of a run that was synced is that of the syncing."""
    return float(run["summary"].get("_timestamp", float("inf")))


@contextmanager
def one_line(what: str) -> Iterator[None]:
    """Turn what W&B's client raises into one line that begins with what was tried."""
    import wandb
    from wandb.sdk.lib.service.service_connection import WandbApiFailedError  # what a server that answers not becomes

    try:
        yield
    except (wandb.Error, WandbApiFailedError, ValueError, OSError) as error:
        reason = (str(error) or repr(error)).splitlines()[0]
        raise ConfigError(f"{what}: {reason}") from None
