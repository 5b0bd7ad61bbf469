"""Starts, fills and ends the W&B run of a job."""

import hashlib
import logging
import shutil
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nasamp.errors import ConfigError
from nasamp.quantities import DESCRIBING, QUANTITIES, of
from nasamp.schema import Logger
from nasamp.tracking import environment

FINISHED, FAILED, KILLED = 0, 1, 255  # the exit codes of a run; W&B's own for Ctrl-C is 255
_OFFLINE = "offline-run-"  # beginning of the folder name of an offline run
_STEPS = "trainer/global_step"
_gave_up = threading.Event()  # the server failed once, and is not asked again

log = logging.getLogger(__name__)


def run_id(search_uid: str, identity: str, phase: str) -> str:
    """Return the id of a job's run, which is the same whenever the job is run."""
    return hashlib.sha256(f"{search_uid} {identity} {phase}".encode()).hexdigest()[:16]


def log_in() -> None:
    """Log in to W&B's server, asking for the key in a terminal; raises ConfigError where there is none."""
    import wandb

    try:
        wandb.login()
    except wandb.Error as error:
        raise ConfigError(f"logger.mode=online: {error} Or set WANDB_API_KEY, or logger.mode=offline") from None
    wandb.teardown()  # the first use fixes the settings, and jobs need silent ones


def begin(
    logger: Logger, folder: Path, *, run: str, name: str, group: str, phase: str, config: Mapping[str, Any]
) -> Any:
    """Start a job's run, stored in the sub-folder wandb/ of a folder, and return it.

    Where the server refuses or does not answer, this run and the next ones of this process are kept offline.
    """
    import wandb

    environment.move_out_of_a_full_home()
    mode = "offline" if _gave_up.is_set() else logger.mode
    wandb.setup(wandb.Settings(silent=True, mode=mode))  # the terminal belongs to the search
    folder.mkdir(parents=True, exist_ok=True)
    for unfinished in (folder / "wandb").glob(f"{_OFFLINE}*-{run}"):  # two files of one id: the second would win
        shutil.rmtree(unfinished, ignore_errors=True)
    described: dict[str, Any] = {
        "dir": str(folder),
        "project": logger.project,
        "entity": logger.entity,
        "id": run,
        "name": name,
        "group": group,
        "job_type": phase,
        "tags": [phase, *map(str, logger.tags)],
        "config": dict(config),
        "resume": "allow",
        "settings": wandb.Settings(silent=True, console="off", x_disable_stats=True, x_save_requirements=False),
    }
    try:
        begun = wandb.init(mode=mode, **described)
    except wandb.Error as error:
        if mode == "offline":
            raise
        _give_up(error)
        wandb.teardown()  # else W&B's process keeps trying, and holds the id
        for begun_online in (folder / "wandb").glob(f"run-*-{run}"):
            shutil.rmtree(begun_online, ignore_errors=True)
        wandb.setup(wandb.Settings(silent=True, mode="offline"))
        begun = wandb.init(mode="offline", **described)
    _define_metrics(begun)
    return begun


def kept_offline(folder: Path, run: str) -> bool:
    """Return whether a folder holds a run as an offline run, which the server does not have."""
    return any((folder / "wandb").glob(f"{_OFFLINE}*-{run}"))


def _define_metrics(run: Any) -> None:
    """Make W&B's summary keep the best value of each metric, and its plots use steps as the axis."""
    run.define_metric(_STEPS)
    run.define_metric("*", step_metric=_STEPS, step_sync=True)
    for quantity in QUANTITIES.values():
        if quantity.key.startswith("val/") and quantity.better:
            best = "min" if quantity.better == "lower" else "max"
            run.define_metric(quantity.key, step_metric=_STEPS, step_sync=True, summary=best)
    run.define_metric("train/loss", step_metric=_STEPS, step_sync=True, summary="min")


def summarize(columns: Mapping[str, Any]) -> None:
    """Write a job's columns to the summary of the current run under their W&B keys, online also the page's address."""
    wandb = sys.modules.get("wandb")
    if wandb and wandb.run:
        numbers = {of(name).key: value for name, value in columns.items() if name not in DESCRIBING}
        wandb.run.summary.update(numbers | ({"url": wandb.run.url} if wandb.run.url else {}))


@contextmanager
def ended_run() -> Iterator[None]:
    """End the run that was started in the block, with the exit code for finished, failed or killed."""
    exit_code = FAILED
    try:
        yield
        exit_code = FINISHED
    except KeyboardInterrupt:
        exit_code = KILLED
        raise
    finally:
        _end(exit_code)


def _end(exit_code: int) -> None:
    """End the current run; otherwise the next job of this process would write to it."""
    wandb = sys.modules.get("wandb")
    if not (wandb and wandb.run):
        return
    folder = Path(wandb.run.dir).parent
    try:
        wandb.finish(exit_code=exit_code)
    except TimeoutError as error:
        _give_up(error)
        folder.rename(folder.with_name(f"offline-{folder.name}"))  # under this name wandb sync finds it


def _give_up(error: Exception) -> None:
    """Keep all further runs of this process offline, so that not each job waits for the server."""
    _gave_up.set()
    log.warning("W&B's server: %s; the run is kept offline", (str(error) or repr(error)).splitlines()[0])
