"""How a job's run is described to W&B, filled and ended."""

import hashlib
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nasamp.errors import ConfigError
from nasamp.quantities import QUANTITIES
from nasamp.schema import Logger


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


def run_settings(
    logger: Logger, folder: Path, *, run: str, name: str, group: str, phase: str, config: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the arguments of Lightning's WandbLogger; ``folder`` gets the sub-folder wandb/."""
    import wandb

    wandb.setup(wandb.Settings(silent=True, mode=logger.mode))  # the terminal belongs to the search
    folder.mkdir(parents=True, exist_ok=True)
    for torn in (folder / "wandb").glob(f"offline-run-*-{run}"):  # two files of one id: the second would win
        shutil.rmtree(torn, ignore_errors=True)
    return {
        "save_dir": str(folder),
        "offline": logger.mode == "offline",
        "project": logger.project,
        "entity": logger.entity,
        "id": run,
        "name": name,
        "group": group,
        "job_type": phase,
        "tags": [phase, *map(str, logger.tags)],
        "config": dict(config),
        "settings": wandb.Settings(silent=True, console="off", x_disable_stats=True, x_save_requirements=False),
    }


def define_metrics(run: Any) -> None:
    """Let the summary of a run keep the best number of each measure, and its plots have the steps as axis."""
    for quantity in QUANTITIES.values():
        if quantity.key.startswith("val/") and quantity.better:
            best = "min" if quantity.better == "lower" else "max"
            run.define_metric(quantity.key, step_metric="trainer/global_step", step_sync=True, summary=best)
    run.define_metric("train/loss", step_metric="trainer/global_step", step_sync=True, summary="min")


def summarize(columns: Mapping[str, Any]) -> None:
    """Put a job's columns into the summary of the current run, under their W&B keys; online also its page's address."""
    wandb = sys.modules.get("wandb")
    if wandb and wandb.run:
        numbers = {QUANTITIES[name].key: value for name, value in columns.items() if name in QUANTITIES}
        wandb.run.summary.update(numbers | ({"url": wandb.run.url} if wandb.run.url else {}))


def finish(exit_code: int) -> None:
    """Close the current run, or the next job of this process would go on writing into it."""
    wandb = sys.modules.get("wandb")
    if wandb and wandb.run:
        wandb.finish(exit_code=exit_code)
