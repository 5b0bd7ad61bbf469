"""The best validation of a job, and the callbacks that use the network of its checkpoint."""

from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning
from torch import nn

from nasamp.audio.recording import Recording


@dataclass(frozen=True)
class Trained:
    """A network with the weights of a job's best checkpoint.

    Attributes:
        net: on the CPU; plays signals multiplied by ``recording.scale``.
        validation: the numbers of the best validation, by their keys in W&B.
        recording: what it was trained on.
        folder: the job's.
    """

    net: nn.Module
    validation: dict[str, float]
    recording: Recording
    folder: Path


class AfterTraining(lightning.Callback):
    """A callback that uses the trained network; what it puts into ``result`` becomes columns of the tables."""

    def __init__(self) -> None:
        """Start with an empty ``result``."""
        self.result: dict[str, Any] = {}

    def on_trained(self, trained: Trained) -> None:
        """Use the network; called once, after the test. All callbacks share it, so its weights must not change."""
        raise NotImplementedError


class BestSoFar(lightning.Callback):
    """Keep the numbers and the epoch of the best validation, by the same rule as ModelCheckpoint."""

    def __init__(self, monitor: str) -> None:
        """Take the W&B key of the metric that decides; lower is better."""
        self._monitor = monitor
        self.numbers: dict[str, float] = {monitor: inf}
        self.epoch = 0

    def state_dict(self) -> dict[str, Any]:
        """Return the state that is written into a checkpoint."""
        return {"numbers": self.numbers, "epoch": self.epoch}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the state from a checkpoint."""
        self.numbers, self.epoch = state_dict["numbers"], state_dict["epoch"]

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Keep the numbers of this validation if it is the best so far."""
        numbers = {key: float(value) for key, value in trainer.callback_metrics.items() if key.startswith("val/")}
        if numbers[self._monitor] < self.numbers[self._monitor]:
            self.numbers, self.epoch = numbers, trainer.current_epoch
