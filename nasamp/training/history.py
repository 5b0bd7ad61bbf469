"""The metrics that a job logged, kept in its checkpoints: after a restart all of them are logged again, as one run."""

import time
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning
from pytorch_lightning.loggers.logger import Logger

from nasamp.training import checkpoints


class History(Logger):
    """Keep every logged row of metrics in memory."""

    name, version = None, None

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.rows: list[dict[str, float]] = []

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Append a row."""
        self.rows.append({**metrics, "step": step or 0})

    def log_hyperparams(self, *_: Any, **__: Any) -> None:
        """Do nothing: the settings are in the job's folder."""


class KeepHistory(lightning.Callback):
    """Write history, identity and training time into checkpoints; after a restart, log the history again."""

    def __init__(self, history: History, identity: str) -> None:
        """Take the logger with all rows, and the hash of the job's settings and recording."""
        self._history, self._identity = history, identity
        self._is_restored = False
        self._before, self._started = 0.0, time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since the job began, summed over all processes that worked on it."""
        return self._before + time.monotonic() - self._started

    def state_dict(self) -> dict[str, Any]:
        """Return the state that is written into a checkpoint."""
        return {"identity": self._identity, "rows": self._history.rows, "seconds": self.seconds}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the state from a checkpoint."""
        self._history.rows = list(state_dict["rows"])
        self._before, self._started = state_dict["seconds"], time.monotonic()
        self._is_restored = True

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Log the restored history to the other loggers."""
        if not self._is_restored:
            return
        for logger in trainer.loggers:
            if logger is not self._history:
                for row in self._history.rows:
                    logger.log_metrics({key: value for key, value in row.items() if key != "step"}, int(row["step"]))


def identity_of(checkpoint: Path) -> str:
    """Return the identity of the job that wrote a checkpoint; empty if the file is absent, torn or not nasamp's."""
    try:
        return str(checkpoints.read(checkpoint)["callbacks"][KeepHistory.__name__]["identity"])
    except (checkpoints.UnreadableError, LookupError, TypeError):
        return ""
