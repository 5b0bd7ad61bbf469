"""Runs jobs as Ray tasks, on this machine or on a running cluster."""

import logging
import os
import re
import signal
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.singleton import Singleton
from hydra.core.utils import run_job, setup_globals
from omegaconf import DictConfig, OmegaConf

from nasamp.errors import ConfigError
from nasamp.search.jobs.job import Job

log = logging.getLogger(__name__)

LAUNCHER = "hydra_plugins.hydra_ray_launcher.ray_launcher.RayLauncher"
_NEW_CLUSTER_ONLY = ("num_cpus", "object_store_memory", "include_dashboard")  # ray.init refuses them with an address


def launch(launcher: Any, jobs: Sequence[Job], first: int) -> None:
    """Run each job as a task; return when all have ended, successfully or not.

    Hydra's own launcher stops waiting when a worker dies, cannot join a running cluster, since it sets the size of the
    object store, and runs tasks in the folder where the cluster was started.

    Args:
        launcher: Hydra's Ray launcher, for its settings.
        first: Hydra's number for the first job.

    Raises:
        ConfigError: the cluster does not answer.
    """
    import ray  # type: ignore[import-not-found]

    settings: Any = OmegaConf.to_container(launcher.ray_cfg, resolve=True)
    _join(settings["init"])
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # Ray's handler prints a stack trace and aborts
    run = ray.remote(**settings["remote"])(_run)
    args = ray.put((Path.cwd(), launcher.hydra_context, launcher.config, launcher.task_function, Singleton.get_state()))
    left = [run.remote(args, list(job.overrides), first + number) for number, job in enumerate(jobs)]
    while left:
        ended, left = ray.wait(left)
        try:
            ray.get(ended)
        except ray.exceptions.RayError as error:
            log.warning("a Ray task ended early: %s", str(error).splitlines()[0])


def _join(init: dict[str, Any]) -> None:
    """Connect to the cluster at the configured address, or start one on this machine."""
    import ray

    if ray.is_initialized():
        return
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if address := init["address"]:
        init = {key: value for key, value in init.items() if key not in _NEW_CLUSTER_ONLY}
    try:
        if found := re.fullmatch(r"(.+):(\d+)", address or ""):
            socket.create_connection((found[1], int(found[2])), timeout=10).close()  # ray.init would retry for minutes
        ray.init(**init)
    except OSError as error:
        raise ConfigError(
            f"launcher=ray: no cluster answers at {address} ({error}); `ray status` on its head node prints the address"
        ) from None


def _run(
    args: tuple[Path, Any, DictConfig, Any, Any],
    overrides: list[str],
    number: int,
) -> None:
    """Run one job in the search's working directory."""
    folder, context, config, task, state = args
    os.chdir(folder)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # Ray's handler would fail the job
    setup_globals()
    Singleton.set_state(state)
    composed = context.config_loader.load_sweep_config(config, overrides)
    OmegaConf.update(composed, "hydra.job.id", f"job_{number}", force_add=True)
    OmegaConf.update(composed, "hydra.job.num", number, force_add=True)
    HydraConfig.instance().set_config(composed)
    run_job(
        hydra_context=context,
        task_function=task,
        config=composed,
        job_dir_key="hydra.sweep.dir",
        job_subdir_key="hydra.sweep.subdir",
    )
