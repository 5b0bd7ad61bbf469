"""What a job does to the process that it runs in: where messages go, and what an exit means."""

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


def forgive_warnings() -> None:
    """Treat warnings as Python does by itself where it was told to raise them: libraries that we call give some."""
    if any(option.startswith("error") for option in sys.warnoptions):
        warnings.resetwarnings()
        for category in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
            warnings.simplefilter("ignore", category)


def log_to_file() -> None:
    """Send what Lightning and Python's warnings say to train.log; the terminal belongs to the search."""
    logging.captureWarnings(True)
    for name in ("pytorch_lightning", "lightning_fabric"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    warnings.filterwarnings("ignore", message=".*does not have many workers.*")


def forget_last_job() -> None:
    """Free what the job before left: Lightning's objects hold each other, and with them its recording.

    What is imported is frozen, so that only the first time has to look at all of it.
    """
    gc.collect()
    gc.freeze()


@contextmanager
def exit_is_an_error() -> Iterator[None]:
    """Keep a job's sys.exit from ending the search; Ctrl-C, SIGTERM and a time limit, which become one, do end it.

    Raises:
        JobError: the job called sys.exit.
        KeyboardInterrupt: the job is to stop, and to go on another time.
    """
    try:
        yield
    except SystemExit as stop:
        from pytorch_lightning.utilities.exceptions import SIGTERMException

        is_queued_again = "SUBMITIT_EXECUTOR" in os.environ and stop.code == -1
        if is_queued_again or isinstance(stop, SIGTERMException) or isinstance(stop.__context__, KeyboardInterrupt):
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGINT, signal.default_int_handler)  # Lightning had it ignored
            raise KeyboardInterrupt from None
        raise JobError(f"the job called sys.exit({stop.code})") from None
