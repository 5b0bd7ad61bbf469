"""Jobs in Slurm: an array of tasks, followed by the ledger and by squeue, so that no accounting is needed."""

import io
import logging
import subprocess
import time
from collections.abc import Sequence
from contextlib import redirect_stderr, suppress
from dataclasses import fields
from math import inf
from pathlib import Path
from typing import Any

from hydra.core.singleton import Singleton

from nasamp.atomic import write_text
from nasamp.errors import ConfigError
from nasamp.search.jobs.job import Job
from nasamp.search.terminal import text

log = logging.getLogger(__name__)

LAUNCHER = "hydra_plugins.hydra_submitit_launcher.submitit_launcher.SlurmLauncher"
TASK = "slurm_task"  # file in a job's folder: which task works on it, or will
ARRAY_TASKS = 1000  # of one array at most; Slurm's MaxArraySize is 1001 where nobody changed it
LEDGER_SECONDS, QUEUE_SECONDS = 1.0, 10.0  # between two looks, at least


def launch(launcher: Any, jobs: Sequence[Job], first: int) -> None:
    """Submit the jobs that Slurm does not hold yet; come back when each has ended, or its task has left Slurm.

    submitit itself waits for return values: for ever where a task dies and Slurm keeps no accounts, and not for the
    others where it does.

    Args:
        launcher: of Hydra's plugin for submitit; its tasks compose and run the jobs.
        jobs: those of another command, which was killed, may still wait in Slurm's queue.
        first: number of the first job, for Hydra.

    Raises:
        ConfigError: Slurm does not take the jobs.
    """
    try:
        queue = _queue()
    except (OSError, subprocess.CalledProcessError) as error:
        said = _one_line(getattr(error, "stderr", "")) or "squeue is not installed here"
        raise ConfigError(f"launcher=slurm: {said}; type this where sbatch and squeue work") from None
    new = [job for job in jobs if _task(job) not in queue]
    for start in range(0, len(new), ARRAY_TASKS):
        _submit(launcher, new[start : start + ARRAY_TASKS], first + start)
        _follow(jobs)
    if not new:
        _follow(jobs)


def _submit(launcher: Any, jobs: Sequence[Job], first: int) -> None:
    """Write a batch script, hand it to sbatch, and note in each job's folder which task it became."""
    import submitit
    from hydra_plugins.hydra_submitit_launcher.config import BaseQueueConf  # type: ignore[import-untyped]

    params = dict(launcher.params)
    executor = submitit.AutoExecutor(
        folder=params.pop("submitit_folder"), cluster="slurm", slurm_max_num_timeout=params.pop("max_num_timeout")
    )
    shared = {field.name for field in fields(BaseQueueConf)}
    overrides = [list(job.overrides) for job in jobs]
    numbers = list(range(first, first + len(jobs)))
    states = [Singleton.get_state()] * len(jobs)
    try:
        with redirect_stderr(io.StringIO()):  # submitit prints what it raises
            executor.update_parameters(**{name if name in shared else f"slurm_{name}": params[name] for name in params})
            tasks = executor.map_array(
                launcher, overrides, ["hydra.sweep.dir"] * len(jobs), numbers, [f"job_{n}" for n in numbers], states
            )
    except (submitit.core.utils.FailedJobError, submitit.core.utils.FailedSubmissionError) as error:
        said = f"{_one_line(str(error))}; hydra.launcher.KEY=VALUE sets what sbatch is told"
        raise ConfigError(f"launcher=slurm: {said}") from None
    for job, task in zip(jobs, tasks, strict=True):
        write_text(job.folder / TASK, task.job_id)


def _follow(jobs: Sequence[Job]) -> None:
    """Come back when all jobs have ended, or none of those left is in Slurm; the ledger is asked more often."""
    asked, left = -inf, jobs
    try:
        while left := [job for job in left if job.state not in ("done", "failed")]:
            if time.monotonic() - asked > QUEUE_SECONDS:
                asked = time.monotonic()
                with suppress(subprocess.CalledProcessError):  # its controller may be away for a while
                    queue = _queue()
                    if not any(_task(job) in queue for job in left):
                        return
            time.sleep(max(LEDGER_SECONDS, len(left) / 100))
    except KeyboardInterrupt:
        arrays = sorted({_task(job).partition("_")[0] for job in left})
        log.warning(
            "Slurm goes on with %s, and the same command will wait for them; to end them: scancel %s",
            text.count(len(left), "job"),
            " ".join(arrays),
        )
        raise


def _queue() -> set[str]:
    """Return the tasks of this user that wait or run."""
    command = ["squeue", "--me", "--array", "--noheader", "--format=%i"]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())  # noqa: S603


def _task(job: Job) -> str:
    """Return the task that a job was submitted as; empty where it never was."""
    path: Path = job.folder / TASK
    return path.read_text("utf-8") if path.exists() else ""


def _one_line(said: str) -> str:
    return " ".join(said.split())
