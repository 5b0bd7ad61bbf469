"""Runs batches of jobs on Hydra's launcher, with jobs at a time and memory filled in."""

import logging
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf

from nasamp.errors import ConfigError, NasampError
from nasamp.search.jobs import ray, slurm, workers
from nasamp.search.jobs.job import Job
from nasamp.search.jobs.memory import of_this_machine
from nasamp.search.terminal import text

log = logging.getLogger(__name__)

_CLUSTERS = {slurm.LAUNCHER: slurm.launch, ray.LAUNCHER: ray.launch}  # where nasamp waits for the jobs itself


class JobLauncher:
    """Runs batches of jobs on the configured launcher."""

    def __init__(self, hydra: Mapping[str, Any], cfg: DictConfig) -> None:
        self._hydra, self._cfg, self._filled, self._launched = hydra, cfg, cfg, 0
        self._plugin = str(cfg.hydra.launcher._target_)

    @property
    def is_isolated(self) -> bool:
        """Whether a job whose process is killed leaves the others of its batch running."""
        return self._plugin in _CLUSTERS

    def prepare(self, jobs: Sequence[Job]) -> str:
        """Set the launcher's open values for the jobs of a phase; return a line that states them and why."""
        waiting = [job.memory_bytes for job in jobs if job.state != "done"]
        if not waiting:
            return ""
        self._filled = self._cfg.copy()
        if self._plugin == slurm.LAUNCHER:
            return self._for_slurm(max(waiting), len(waiting))
        is_remote = OmegaConf.select(self._cfg, "hydra.launcher.ray.init.address")
        return "" if is_remote else self._for_this_machine(max(waiting), len(waiting))

    def at_a_time(self, memory: float, waiting: int) -> int:
        """Return how many of the waiting jobs run in parallel; ``memory`` is the peak of one in bytes."""
        wanted = self._cfg.launcher.n_jobs
        is_remote = self._plugin == slurm.LAUNCHER or OmegaConf.select(self._cfg, "hydra.launcher.ray.init.address")
        if wanted or is_remote:
            return min(wanted or waiting, waiting)
        machine = of_this_machine()
        uses_gpu = self._cfg.trainer.accelerator != "cpu" and machine.has_gpu
        return 1 if uses_gpu else min(waiting, machine.jobs(memory))

    def launch(self, jobs: Sequence[Job]) -> None:
        """Run a batch, and return when the launcher does; the jobs' folders show how each ended."""
        launcher = Plugins.instance().instantiate_launcher(**{**self._hydra, "config": self._filled})
        try:
            if self._plugin in _CLUSTERS:
                _CLUSTERS[self._plugin](launcher, jobs, self._launched)
            else:
                with workers.jobs_end_first([each.folder for each in jobs]):
                    launcher.launch([list(each.overrides) for each in jobs], initial_job_idx=self._launched)
        except (HydraException, NasampError):
            raise
        except Exception as error:  # noqa: BLE001 - launchers raise anything when a worker dies
            message = (str(error) or repr(error)).splitlines()[0]
            if isinstance(error, TypeError | ValueError) and all(job.state == "new" for job in jobs):
                raise ConfigError(f"hydra.launcher: {message}") from None
            log.warning("the launcher stopped: %s", message)
        self._launched += len(jobs)

    def _for_this_machine(self, memory: float, waiting: int) -> str:
        wanted = self._cfg.launcher.n_jobs
        jobs = wanted or self.at_a_time(memory, waiting)
        OmegaConf.update(self._filled, "launcher.n_jobs", jobs)
        why = of_this_machine().described(memory)
        return "" if wanted or waiting == 1 else f"{text.count(jobs, 'job')} at a time ({why})"

    def _for_slurm(self, memory: float, waiting: int) -> str:
        tasks = self.at_a_time(memory, waiting)
        OmegaConf.update(self._filled, "launcher.n_jobs", tasks)
        if self._cfg.hydra.launcher.mem_gb is None:
            libraries = 0.5  # GB, which Slurm counts too
            OmegaConf.update(self._filled, "hydra.launcher.mem_gb", ceil(memory / 1e9 + libraries))
        return f"up to {text.count(tasks, 'job')} at a time in Slurm, {self._filled.hydra.launcher.mem_gb} GB each"
