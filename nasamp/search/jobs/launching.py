"""From a batch of jobs to Hydra's launcher, which is told what the configuration leaves open."""

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

_CLUSTERS = {slurm.LAUNCHER: slurm.launch, ray.LAUNCHER: ray.launch}  # that we wait for ourselves


class Launching:
    """Start batches, phase after phase."""

    def __init__(self, hydra: Mapping[str, Any], cfg: DictConfig) -> None:
        """Take what Hydra's sweepers get, and the composed config."""
        self._hydra, self._cfg, self._filled, self._launched = hydra, cfg, cfg, 0
        self._plugin = str(cfg.hydra.launcher._target_)

    @property
    def is_apart(self) -> bool:
        """Whether a job that kills its process leaves the others of its batch alone."""
        return self._plugin in _CLUSTERS

    def prepare(self, jobs: Sequence[Job]) -> str:
        """Fill in what was left open for the jobs of a phase; return what that is, and why."""
        waiting = [job.memory_bytes for job in jobs if job.state != "done"]
        if not waiting:
            return ""
        self._filled = self._cfg.copy()
        if self._plugin == slurm.LAUNCHER:
            return self._for_slurm(max(waiting), len(waiting))
        is_elsewhere = OmegaConf.select(self._cfg, "hydra.launcher.ray.init.address")
        return "" if is_elsewhere else self._for_this_machine(max(waiting), len(waiting))

    def at_a_time(self, memory: float, waiting: int) -> int:
        """Return how many of the jobs that wait run side by side; ``memory`` is the most that one takes, in bytes."""
        wanted = self._cfg.launcher.n_jobs
        is_elsewhere = self._plugin == slurm.LAUNCHER or OmegaConf.select(self._cfg, "hydra.launcher.ray.init.address")
        if wanted or is_elsewhere:
            return min(wanted or waiting, waiting)
        here = of_this_machine()
        has_one_place = self._cfg.trainer.accelerator != "cpu" and here.has_gpu
        return 1 if has_one_place else min(waiting, here.jobs(memory))

    def launch(self, jobs: Sequence[Job]) -> None:
        """Hand a batch over, and come back when the launcher does; what became of it stands in the ledger."""
        launcher = Plugins.instance().instantiate_launcher(**{**self._hydra, "config": self._filled})
        try:
            if self._plugin in _CLUSTERS:
                _CLUSTERS[self._plugin](launcher, jobs, self._launched)
            else:
                with workers.closed_first([each.folder for each in jobs]):
                    launcher.launch([list(each.overrides) for each in jobs], initial_job_idx=self._launched)
        except (HydraException, NasampError):
            raise
        except Exception as error:  # noqa: BLE001 - a launcher raises what it likes when a worker dies
            said = (str(error) or repr(error)).splitlines()[0]
            if isinstance(error, TypeError | ValueError) and all(job.state == "new" for job in jobs):
                raise ConfigError(f"hydra.launcher: {said}") from None
            log.warning("the launcher stopped: %s", said)
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
            OmegaConf.update(self._filled, "hydra.launcher.mem_gb", ceil(memory / 1e9 + 0.5))  # it counts libraries too
        return f"up to {text.count(tasks, 'job')} at a time in Slurm, {self._filled.hydra.launcher.mem_gb} GB each"
