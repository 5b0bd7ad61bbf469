"""The LightningModule: it routes a network, a loss and an optimizer."""

import time
from collections.abc import Callable
from math import inf
from typing import Any

import pytorch_lightning as lightning
import torch
from torch import Tensor
from torchmetrics import MeanMetric

from nasamp.data import Batch
from nasamp.losses import Loss
from nasamp.metrics import scores
from nasamp.models import WaveNet
from nasamp.models.wavenet import in_context
from nasamp.schema import Phase, Recipe

SECONDS_BETWEEN_BEATS = 1.0


class Training(lightning.LightningModule):
    """Train a network on crops, and measure it on the whole validation and test part."""

    def __init__(
        self, net: WaveNet, loss: Loss, *, recipe: Recipe, phase: Phase, monitor: str, sample_rate: int
    ) -> None:
        """Take a built network and loss; ``monitor`` is the W&B key that the learning rate follows."""
        super().__init__()
        self.net, self._loss = net, loss
        self._recipe, self._phase, self._monitor = recipe, phase, monitor
        self._validation, self._test = scores.at_each_validation(loss), scores.at_the_end(sample_rate)
        self._since_validation = MeanMetric()  # empty whenever a checkpoint is written
        self._restored: dict[str, Any] = {}

    def training_step(self, batch: Batch, index: int) -> Tensor:
        """Return the loss of one batch."""
        prediction, target = self._predict(batch)
        loss = self._loss(prediction, target)
        self._since_validation.update(loss.detach(), len(target))
        return loss

    def validation_step(self, batch: Batch, index: int) -> None:
        """Keep one piece of the validation part; the numbers need all of them."""
        self._validation.add(*self._predict(batch))

    def on_validation_epoch_end(self) -> None:
        """Log the numbers of the whole validation part, and the mean training loss since the last time."""
        numbers = {"train/loss": float(self._since_validation.compute())} | self._validation.take()
        self._since_validation.reset()
        self._plateau.step(numbers[self._monitor])
        self._log_numbers(numbers)

    def test_step(self, batch: Batch, index: int) -> None:
        """Keep one piece of the test part."""
        self._test.add(*self._predict(batch))

    def on_test_epoch_end(self) -> None:
        """Log the numbers of the whole test part."""
        self._log_numbers(self._test.take())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return Adam; the plateau rule that lowers its rate is asked at each validation, before the checkpoint."""
        recipe, plateau = self._recipe, self._recipe.plateau
        optimizer = torch.optim.Adam(self.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)
        self._plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(
            optimizer, factor=plateau.factor, patience=plateau.patience, min_lr=plateau.minimum_learning_rate
        )
        if self._restored:
            self._plateau.load_state_dict(self._restored)
        return optimizer

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add the plateau rule's memory, and which network the weights belong to: the file alone can be played."""
        checkpoint["plateau"] = self._plateau.state_dict()
        recording = self.trainer.datamodule.recording  # type: ignore[attr-defined]
        described = {"sample_rate": recording.sample_rate, "scale": recording.scale}
        checkpoint["network"] = getattr(self.net, "settings", {}) | described

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the plateau rule's memory until there is an optimizer."""
        self._restored = checkpoint["plateau"]

    def _log_numbers(self, numbers: dict[str, float]) -> None:
        self.log_dict({key: torch.tensor(value, dtype=torch.float32) for key, value in numbers.items()})

    def _predict(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return prediction and target, shape (batch, samples)."""
        x, target = batch
        return in_context(self.net, x)[:, 0], target[:, 0]


class BestSoFar(lightning.Callback):
    """Keep the numbers of the best validation, by the same rule as ModelCheckpoint, and tell how far the job is."""

    def __init__(self, monitor: str, tell: Callable[..., None]) -> None:
        """``tell`` gets the keywords done (0..1) and best, about once a second and after each validation."""
        self._monitor, self._tell, self._told = monitor, tell, 0.0
        self.numbers: dict[str, float] = {self._monitor: inf}
        self.epoch = 0

    def state_dict(self) -> dict[str, Any]:
        """Return what the checkpoint gets."""
        return {"numbers": self.numbers, "epoch": self.epoch}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take what the checkpoint had."""
        self.numbers, self.epoch = state_dict["numbers"], state_dict["epoch"]

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Compare and tell."""
        numbers = {key: float(value) for key, value in trainer.callback_metrics.items() if key.startswith("val/")}
        if numbers[self._monitor] < self.numbers[self._monitor]:
            self.numbers, self.epoch = numbers, trainer.current_epoch
        self._told = 0.0
        self.on_train_batch_end(trainer)

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Tell, unless that was done a moment ago."""
        now = time.monotonic()
        if now - self._told < SECONDS_BETWEEN_BEATS:
            return
        self._told = now
        steps = trainer.max_steps if trainer.max_steps > 0 else (trainer.max_epochs or 1) * trainer.num_training_batches
        self._tell(done=trainer.global_step / steps, best=self.numbers[self._monitor])
