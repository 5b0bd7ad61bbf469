"""From a batch of jobs to Hydra's launcher, which is told what the configuration leaves to the machine."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf

from nasamp.errors import NasampError
from nasamp.search import room, text
from nasamp.search.job import Job

log = logging.getLogger(__name__)


class Launching:
    """Start batches, phase after phase."""

    def __init__(self, hydra: Mapping[str, Any], cfg: DictConfig) -> None:
        """Take what Hydra's sweepers get, and the composed config."""
        self._hydra, self._cfg, self._filled, self._launched = hydra, cfg, cfg, 0

    def prepare(self, jobs: Sequence[Job]) -> str:
        """Say how many of a phase's jobs run at a time; return the reason where that was left to the machine."""
        waiting = [job.memory_bytes for job in jobs if job.state != "done"]
        if not waiting or self._cfg.launcher.n_jobs is not None:
            return ""
        here, memory = room.of_this_machine(), max(waiting)
        self._filled = self._cfg.copy()
        OmegaConf.update(self._filled, "launcher.n_jobs", here.jobs(memory))
        return f"{text.count(here.jobs(memory), 'job')} at a time ({here.described(memory)})"

    def launch(self, jobs: Sequence[Job]) -> None:
        """Hand a batch over, and come back when the launcher does; what became of it stands in the ledger."""
        launcher = Plugins.instance().instantiate_launcher(**{**self._hydra, "config": self._filled})
        try:
            launcher.launch([list(each.overrides) for each in jobs], initial_job_idx=self._launched)
        except (HydraException, NasampError):
            raise
        except Exception as error:  # noqa: BLE001 - a launcher raises what it likes when a worker dies
            log.warning("the launcher stopped: %s", (str(error) or repr(error)).splitlines()[0])
        self._launched += len(jobs)
