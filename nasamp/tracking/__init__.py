"""Everything that uses Weights & Biases (W&B)."""

from nasamp.tracking import environment
from nasamp.tracking.environment import refuse_unreadable
from nasamp.tracking.reading import JOB_TYPE, read_runs
from nasamp.tracking.run import begin, ended_run, kept_offline, log_in, run_id, summarize
from nasamp.tracking.run_file import read_run

environment.complete()  # before W&B is imported, which only this package does

__all__ = [
    "JOB_TYPE",
    "begin",
    "ended_run",
    "kept_offline",
    "log_in",
    "read_run",
    "read_runs",
    "refuse_unreadable",
    "run_id",
    "summarize",
]
