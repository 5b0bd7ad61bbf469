"""The best network of a job: which validation was the best, and the callbacks that work on its network."""

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
    """A callback that works on the trained network; what it adds to ``result`` becomes columns of the tables."""

    def __init__(self) -> None:
        """Start without columns."""
        self.result: dict[str, Any] = {}

    def on_trained(self, trained: Trained) -> None:
        """Work on the network, once, after the test; the network must stay as it is."""
        raise NotImplementedError


class BestSoFar(lightning.Callback):
    """Keep the numbers and the epoch of the best validation, by the same rule as ModelCheckpoint."""

    def __init__(self, monitor: str) -> None:
        """Take the W&B key of the number that decides; lower is better."""
        self._monitor = monitor
        self.numbers: dict[str, float] = {monitor: inf}
        self.epoch = 0

    def state_dict(self) -> dict[str, Any]:
        """Return what the checkpoint gets."""
        return {"numbers": self.numbers, "epoch": self.epoch}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take what the checkpoint had."""
        self.numbers, self.epoch = state_dict["numbers"], state_dict["epoch"]

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Keep the numbers of this validation if it is the best."""
        numbers = {key: float(value) for key, value in trainer.callback_metrics.items() if key.startswith("val/")}
        if numbers[self._monitor] < self.numbers[self._monitor]:
            self.numbers, self.epoch = numbers, trainer.current_epoch
