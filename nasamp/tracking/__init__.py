"""Everything that knows Weights & Biases."""

from nasamp.tracking.files import read_run
from nasamp.tracking.reading import JOB_TYPE, read_runs
from nasamp.tracking.writing import define_metrics, finish, log_in, run_id, run_settings, summarize

__all__ = [
    "JOB_TYPE",
    "define_metrics",
    "finish",
    "log_in",
    "read_run",
    "read_runs",
    "run_id",
    "run_settings",
    "summarize",
]
