"""Runs jobs as Slurm array tasks, watched by their folders and squeue, so that no accounting is needed."""

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
TASK = "slurm_task"  # file in a job's folder: the id of its Slurm task
ARRAY_TASKS = 1000  # at most in one array; the default of Slurm's MaxArraySize is 1001
LEDGER_SECONDS, QUEUE_SECONDS = 1.0, 10.0  # between polls, at least


def launch(launcher: Any, jobs: Sequence[Job], first: int) -> None:
    """Submit the jobs that are not in Slurm's queue; return when each has ended or left the queue.

    submitit waits for return values: if a task dies, it waits for ever without Slurm's accounting, and with it
    abandons the other tasks.

    Args:
        launcher: Hydra's submitit launcher; its tasks compose and run the jobs.
        jobs: a batch; those of an earlier command that was killed may still be queued.
        first: Hydra's number for the first job.

    Raises:
        ConfigError: Slurm rejects the jobs.
    """
    try:
        queue = _queue()
    except (OSError, subprocess.CalledProcessError) as error:
        message = _one_line(getattr(error, "stderr", "")) or "squeue is not installed"
        raise ConfigError(f"launcher=slurm: {message}; run this command where sbatch and squeue work") from None
    new = [job for job in jobs if _task(job) not in queue]
    for start in range(0, len(new), ARRAY_TASKS):
        _submit(launcher, new[start : start + ARRAY_TASKS], first + start)
        _follow(jobs)
    if not new:
        _follow(jobs)


def _submit(launcher: Any, jobs: Sequence[Job], first: int) -> None:
    """Submit jobs as an array with sbatch, and write the id of each task to its job's folder."""
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
        with redirect_stderr(io.StringIO()):  # submitit prints the error that it raises
            executor.update_parameters(**{name if name in shared else f"slurm_{name}": params[name] for name in params})
            tasks = executor.map_array(
                launcher, overrides, ["hydra.sweep.dir"] * len(jobs), numbers, [f"job_{n}" for n in numbers], states
            )
    except (submitit.core.utils.FailedJobError, submitit.core.utils.FailedSubmissionError) as error:
        message = f"{_one_line(str(error))}; hydra.launcher.KEY=VALUE sets the options of sbatch"
        raise ConfigError(f"launcher=slurm: {message}") from None
    for job, task in zip(jobs, tasks, strict=True):
        write_text(job.folder / TASK, task.job_id)


def _follow(jobs: Sequence[Job]) -> None:
    """Return when all jobs have ended, or none of the others is in Slurm's queue."""
    polled, left = -inf, jobs
    try:
        while left := [job for job in left if job.state not in ("done", "failed")]:
            if time.monotonic() - polled > QUEUE_SECONDS:
                polled = time.monotonic()
                with suppress(subprocess.CalledProcessError):  # Slurm's controller may be unreachable for a while
                    queue = _queue()
                    if not any(_task(job) in queue for job in left):
                        return
            time.sleep(max(LEDGER_SECONDS, len(left) / 100))
    except KeyboardInterrupt:
        arrays = sorted({_task(job).partition("_")[0] for job in left})
        log.warning(
            "Slurm keeps running %s; the same command waits for them; to cancel them: scancel %s",
            text.count(len(left), "job"),
            " ".join(arrays),
        )
        raise


def _queue() -> set[str]:
    """Return the ids of this user's pending and running tasks."""
    command = ["squeue", "--me", "--array", "--noheader", "--format=%i"]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())  # noqa: S603


def _task(job: Job) -> str:
    """Return the id of a job's Slurm task; empty if it was never submitted."""
    path: Path = job.folder / TASK
    return path.read_text("utf-8") if path.exists() else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
