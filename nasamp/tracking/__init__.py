"""Everything that knows Weights & Biases."""

from nasamp.tracking import environment
from nasamp.tracking.environment import refuse_unreadable
from nasamp.tracking.reading import JOB_TYPE, read_runs
from nasamp.tracking.run import begin, ended_run, kept_offline, log_in, run_id, summarize
from nasamp.tracking.run_file import read_run

environment.complete()  # before anything of W&B's begins, which is all in this package

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
