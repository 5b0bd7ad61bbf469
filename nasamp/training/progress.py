"""The progress of a job, reported about once a second for the terminal and the status app."""

import time
from collections.abc import Callable
from typing import Any

import pytorch_lightning as lightning

from nasamp.schema import Phase
from nasamp.training.module import total_steps

SECONDS_BETWEEN_REPORTS = 1.0


class Progress(lightning.Callback):
    """Report how much of a job is done, the best number so far, and the pace.

    Attributes:
        done: share of the job's steps that was made, 0..1.
        pace: estimated seconds for all steps, at the speed since the first report; None until it is known.
    """

    def __init__(
        self, report: Callable[..., None], best: Callable[[], float], phase: Phase, *, first_step: int
    ) -> None:
        """Store the arguments.

        Args:
            report: called with the keywords done, best and, once it is known, pace.
            best: returns the best number so far.
            first_step: the step that an earlier phase ended at, from which training starts.
        """
        self._report, self._best, self._phase, self._first_step = report, best, phase, first_step
        self._first: tuple[float, float] | None = None  # time and share done
        self._last_report = 0.0  # time
        self.done = 0.0
        self.pace: float | None = None

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Report at once."""
        self._last_report = 0.0
        self.on_train_batch_end(trainer)

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Report, at most once a second."""
        now = time.monotonic()
        if now - self._last_report < SECONDS_BETWEEN_REPORTS:
            return
        self._last_report = now
        self.done = (trainer.global_step - self._first_step) / (total_steps(trainer, self._phase) - self._first_step)
        self._first = self._first or (now, self.done)
        if (gained := self.done - self._first[1]) > 0:
            self.pace = (now - self._first[0]) / gained
        pace = {"pace": self.pace} if self.pace else {}
        self._report(done=self.done, best=self._best(), **pace)
