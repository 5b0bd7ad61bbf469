"""How a job's run is described to W&B, filled and ended."""

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
_OFFLINE = "offline-run-"  # so begins the name of a run's folder
_STEPS = "trainer/global_step"
_gave_up = threading.Event()  # on the server

log = logging.getLogger(__name__)


def run_id(search_uid: str, identity: str, phase: str) -> str:
    """Return the id of a job's run: the same job, the same run."""
    return hashlib.sha256(f"{search_uid} {identity} {phase}".encode()).hexdigest()[:16]


def log_in() -> None:
    """Find the key of W&B's server, or ask for it in a terminal; raises ConfigError where there is none."""
    import wandb

    try:
        wandb.login()
    except wandb.Error as error:
        raise ConfigError(f"logger.mode=online: {error} Or set WANDB_API_KEY, or logger.mode=offline") from None
    wandb.teardown()  # its settings are fixed by the first use; the jobs want silent ones


def begin(
    logger: Logger, folder: Path, *, run: str, name: str, group: str, phase: str, config: Mapping[str, Any]
) -> Any:
    """Begin a job's run in the sub-folder wandb/ of a folder, and return it.

    Where the server does not answer, or refuses, the run is kept offline, as are the next ones of this process.
    """
    import wandb

    environment.move_out_of_a_full_home()
    mode = "offline" if _gave_up.is_set() else logger.mode
    wandb.setup(wandb.Settings(silent=True, mode=mode))  # the terminal belongs to the search
    folder.mkdir(parents=True, exist_ok=True)
    for torn in (folder / "wandb").glob(f"{_OFFLINE}*-{run}"):  # two files of one id: the second would win
        shutil.rmtree(torn, ignore_errors=True)
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
        wandb.teardown()  # W&B's process goes on trying, and holds the id
        for begun_online in (folder / "wandb").glob(f"run-*-{run}"):
            shutil.rmtree(begun_online, ignore_errors=True)
        wandb.setup(wandb.Settings(silent=True, mode="offline"))
        begun = wandb.init(mode="offline", **described)
    _define_metrics(begun)
    return begun


def kept_offline(folder: Path, run: str) -> bool:
    """Return whether a run lies in a folder as one that the server has not."""
    return any((folder / "wandb").glob(f"{_OFFLINE}*-{run}"))


def _define_metrics(run: Any) -> None:
    """Let the summary of a run keep the best number of each measure, and its plots have the steps as axis."""
    run.define_metric(_STEPS)
    run.define_metric("*", step_metric=_STEPS, step_sync=True)
    for quantity in QUANTITIES.values():
        if quantity.key.startswith("val/") and quantity.better:
            best = "min" if quantity.better == "lower" else "max"
            run.define_metric(quantity.key, step_metric=_STEPS, step_sync=True, summary=best)
    run.define_metric("train/loss", step_metric=_STEPS, step_sync=True, summary="min")


def summarize(columns: Mapping[str, Any]) -> None:
    """Put a job's columns into the summary of the current run, under their W&B keys; online also its page's address."""
    wandb = sys.modules.get("wandb")
    if wandb and wandb.run:
        numbers = {of(name).key: value for name, value in columns.items() if name not in DESCRIBING}
        wandb.run.summary.update(numbers | ({"url": wandb.run.url} if wandb.run.url else {}))


@contextmanager
def ended_run() -> Iterator[None]:
    """Close the run that the block began, with the exit code that W&B shows as finished, failed or killed."""
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
    """Close the current run, or the next job of this process would go on writing into it."""
    wandb = sys.modules.get("wandb")
    if not (wandb and wandb.run):
        return
    folder = Path(wandb.run.dir).parent
    try:
        wandb.finish(exit_code=exit_code)
    except TimeoutError as error:
        _give_up(error)
        folder.rename(folder.with_name(f"offline-{folder.name}"))  # wandb sync sends what lies there


def _give_up(error: Exception) -> None:
    """Ask the server no more in this process, where each job would wait for it again."""
    _gave_up.set()
    log.warning("W&B's server: %s; the run is kept offline", (str(error) or repr(error)).splitlines()[0])
