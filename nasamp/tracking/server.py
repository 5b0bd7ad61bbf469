"""Reads the runs of a search from W&B's server, and tags those on the front."""

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
    """The place of a search on the server; ``search`` is the group of its runs."""

    entity: str
    project: str
    search: str

    @property
    def asked(self) -> str:
        """Return the beginning of error messages about this place."""
        return f"source=server: {self.entity}/{self.project}"


def read_runs(place: Place) -> list[dict[str, Any]]:
    """Return a row for each job, in the order of training; of two runs of one job the newer counts.

    Raises:
        ConfigError: where the server does not answer, or has no such project.
    """
    with one_line(place.asked):
        return [row(run, _STATES.get(run["state"], "crashed")) for run in _latest(place).values()]


def _runs(place: Place) -> Any:
    """Return all runs of a search, including those of analyses."""
    import wandb

    return wandb.Api().runs(
        f"{place.entity}/{place.project}",
        filters={"group": place.search},
        order="+created_at",
        per_page=_PAGE,
        lazy=False,  # else each run takes a request of its own
    )


def _latest(place: Place) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the latest run of each job, by name and phase."""
    described = [
        {"id": run.id, "name": run.name, "job_type": run.job_type, "config": run.config, "state": run.state}
        | {"summary": dict(run.summary_metrics), "url": run.url}
        for run in _runs(place)
        if run.job_type != JOB_TYPE
    ]
    return {(run["name"], run["job_type"]): run for run in sorted(described, key=_last_logged)}


def tag_front(place: Place, front: Collection[tuple[str, str]]) -> int:
    """Tag the runs on the front with ``pareto``, remove the tag from all others, and return the number of tagged runs.

    Args:
        front: name and phase of each run on it.
    """
    with one_line(place.asked):
        latest = _latest(place)
        tagged = 0
        for run in _runs(place):
            belongs = (run.name, run.job_type) in front and latest[run.name, run.job_type]["id"] == run.id
            tagged += belongs
            if belongs != (JOB_TYPE in run.tags) and run.job_type != JOB_TYPE:
                run.tags = [*(tag for tag in run.tags if tag != JOB_TYPE), *([JOB_TYPE] if belongs else [])]
                run.update()
    return tagged


def _last_logged(run: Mapping[str, Any]) -> float:
    """Return the time of a run's last log in s; the server's own time of a synced run is that of the upload."""
    return float(run["summary"].get("_timestamp", float("inf")))


@contextmanager
def one_line(what: str) -> Iterator[None]:
    """Turn errors of W&B's client into a ConfigError of one line that begins with what was tried."""
    import wandb
    from wandb.sdk.lib.service.service_connection import WandbApiFailedError  # raised where the server does not answer

    try:
        yield
    except (wandb.Error, WandbApiFailedError, ValueError, OSError) as error:
        reason = (str(error) or repr(error)).splitlines()[0]
        raise ConfigError(f"{what}: {reason}") from None
