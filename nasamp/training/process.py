"""Prepares a process for a training job: where warnings and messages go, memory, and calls of sys.exit."""

import gc
import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from nasamp.errors import JobError


def restore_default_warnings() -> None:
    """Undo ``python -W error``: libraries that nasamp calls emit warnings, which would end a job as exceptions."""
    if any(option.startswith("error") for option in sys.warnoptions):
        warnings.resetwarnings()
        for category in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
            warnings.simplefilter("ignore", category)


def log_to_file() -> None:
    """Send Lightning's messages and Python's warnings to train.log; the terminal shows the search only."""
    logging.captureWarnings(True)
    for name in ("pytorch_lightning", "lightning_fabric"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")


def free_previous_job() -> None:
    """Free the memory of the previous job: Lightning's objects form reference cycles that keep its recording alive.

    Everything that survives is frozen, so that later collections do not scan the imported modules again.
    """
    gc.collect()
    gc.freeze()


@contextmanager
def exit_is_an_error() -> Iterator[None]:
    """Turn a job's sys.exit into a JobError, so that it does not end the search.

    Lightning also calls sys.exit after Ctrl-C, SIGTERM and a time limit of Slurm; these do end the search.

    Raises:
        JobError: the job called sys.exit.
        KeyboardInterrupt: the job was interrupted, and can be continued later.
    """
    try:
        yield
    except SystemExit as stop:
        from pytorch_lightning.utilities.exceptions import SIGTERMException

        is_queued_again = "SUBMITIT_EXECUTOR" in os.environ and stop.code == -1
        if is_queued_again or isinstance(stop, SIGTERMException) or isinstance(stop.__context__, KeyboardInterrupt):
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGINT, signal.default_int_handler)  # Lightning ignores it after Ctrl-C
            raise KeyboardInterrupt from None
        raise JobError(f"the job called sys.exit({stop.code})") from None
