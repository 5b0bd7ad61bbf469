"""The LightningModule: connects a network, a loss, an optimizer and the metrics."""

import math
from dataclasses import asdict
from math import nan
from typing import Any

import pytorch_lightning as lightning
import torch
from torch import Tensor

from nasamp.architecture import plain_settings
from nasamp.losses import Loss
from nasamp.metrics import scores
from nasamp.models import WaveNet
from nasamp.models.network import in_context, matrices, ours
from nasamp.schema import Phase, Recipe
from nasamp.training.batches import Batch
from nasamp.training.optimizers import Average, Flat, MuonWithAdam, warmup_stable_decay

MOST_STEPS_AT_A_TIME = 25  # about 0.1 s of training; more steps are not measurably faster


class Training(lightning.LightningModule):
    """Train a network on segments, and score it on the whole validation and test part.

    If the recipe averages the weights, the averaged ones are scored and saved as the network's in checkpoints, which
    hold the weights that training continues from separately.
    """

    def __init__(
        self,
        net: WaveNet,
        loss: Loss,
        *,
        recipe: Recipe,
        phase: Phase,
        monitor: str,
        sample_rate: int,
        first_step: int = 0,
    ) -> None:
        """Store the arguments.

        Args:
            monitor: W&B key of the metric that the plateau schedule follows.
            first_step: the step that an earlier phase ended at, from which training starts.
        """
        super().__init__()
        self.automatic_optimization = False  # several steps per batch, since Lightning's overhead is per batch
        self.net, self._loss = net, loss
        self._recipe, self._phase, self._monitor = recipe, phase, monitor
        self.steps_at_a_time = _steps_at_a_time(phase, recipe, first_step)
        self._validation = scores.at_each_validation(loss, monitor)
        self._ends = (scores.of_the_best(monitor), scores.at_the_end(sample_rate))
        self._losses: list[tuple[Tensor, int]] = []  # since the last validation; empty whenever a checkpoint is written
        self._restored: dict[str, Any] = {}

    def training_step(self, batch: Batch, index: int) -> None:
        """Make the optimizer steps of a batch."""
        optimizer, recipe = self.optimizers(), self._recipe
        inputs, targets = (torch.split(each, recipe.batch_size) for each in batch)
        for x, target in zip(inputs, targets, strict=True):
            self._weights.zero_grad()
            loss = self._loss(*self._predict((x, target)))
            loss.backward()  # type: ignore[no-untyped-call]
            if recipe.gradient_clip:
                torch.nn.utils.clip_grad_norm_(self._weights.parameters, recipe.gradient_clip)
            if recipe.schedule == "warmup_stable_decay":
                self._set_rates(self.trainer.global_step)
            optimizer.step()  # type: ignore[union-attr]
            self._average.update(self.trainer.global_step)
            self._losses.append((loss.detach(), len(target)))

    def on_validation_start(self) -> None:
        """Swap the averaged weights into the network."""
        self._average.swap()

    def validation_step(self, batch: Batch, index: int) -> None:
        """Add one piece of the validation part to the metrics."""
        self._validation.add(*self._predict(batch))

    def on_validation_epoch_end(self) -> None:
        """Log the metrics of the whole validation part, and the mean training loss since the last validation."""
        segments = sum(count for _, count in self._losses)
        mean = sum(float(loss) * count for loss, count in self._losses) / segments if segments else nan
        self._losses.clear()
        numbers = {"train/loss": mean} | self._validation.take()
        if self._plateau:
            self._plateau.step(numbers[self._monitor])
        self._log_numbers(numbers)

    def on_validation_end(self) -> None:
        """Swap the trained weights back; the callbacks that write checkpoints run before."""
        self._average.swap()

    def test_step(self, batch: Batch, index: int, dataloader_idx: int) -> None:
        """Add one piece of the validation or the test part to the metrics."""
        self._ends[dataloader_idx].add(*self._predict(batch))

    def on_test_epoch_end(self) -> None:
        """Log the metrics of both parts that are computed once, after training."""
        for part in self._ends:
            self._log_numbers(part.take())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return the recipe's optimizer, over the weights as one flat tensor on the device of the training."""
        recipe = self._recipe
        self._weights = Flat(self.net, matrices(self.net))
        self._average = Average(self._weights.weights, recipe.average)
        optimizer: torch.optim.Optimizer
        if recipe.optimizer == "muon":
            optimizer = MuonWithAdam(
                self._weights.matrices,
                self._weights.rest,
                muon_rate=recipe.muon.learning_rate,
                adam_rate=recipe.learning_rate,
                momentum=recipe.muon.momentum,
            )
        else:
            optimizer = torch.optim.Adam(
                self._weights.parameters, recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True
            )
        self._rates = [group["lr"] for group in optimizer.param_groups]
        self._plateau = _plateau(optimizer, recipe) if recipe.schedule == "plateau" else None
        if self._restored:
            self.restore(self._restored)
        return optimizer

    def restore(self, training: dict[str, Any]) -> None:
        """Restore from ``checkpoint["training"]``; call it after the network's weights are loaded."""
        self._average.restore(training["weights"])
        if self._plateau and training["plateau"]:
            self._plateau.load_state_dict(training["plateau"])

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add the state of the training, and what describes the network, so that the file alone can be played."""
        checkpoint["training"] = {
            "weights": self._average.trained(),
            "plateau": self._plateau.state_dict() if self._plateau else {},
        }
        recording = self.trainer.datamodule.recording  # type: ignore[attr-defined]
        described = {"sample_rate": recording.sample_rate, "scale": recording.scale}
        if own := ours(self.net):
            described |= plain_settings(own.architecture) or {"architecture": asdict(own.architecture)}
        checkpoint["network"] = described

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the state of the training until the optimizer exists."""
        self._restored = checkpoint["training"]

    def _set_rates(self, step: int) -> None:
        steps = total_steps(self.trainer, self._phase)
        decay = round(steps * self._phase.decay_share)
        share = warmup_stable_decay(step, steps=steps, warmup=self._recipe.warmup_steps, decay=decay)
        for group, rate in zip(self.trainer.optimizers[0].param_groups, self._rates, strict=True):
            group["lr"] = rate * share

    def _log_numbers(self, numbers: dict[str, float]) -> None:
        axes = {"step": self.trainer.global_step, "epoch": self.current_epoch}
        values = {key: torch.tensor(value, dtype=torch.float32) for key, value in (numbers | axes).items()}
        self.log_dict(values, add_dataloader_idx=False)

    def _predict(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return prediction and target, shape (batch, samples)."""
        x, target = batch
        return in_context(self.net, x)[:, 0], target[:, 0]


def _steps_at_a_time(phase: Phase, recipe: Recipe, first_step: int) -> int:
    """Return how many optimizer steps one batch holds; validations can only take place between batches."""
    if recipe.segments == "in_epochs" or not phase.length.steps:
        return 1
    common = math.gcd(phase.length.steps, phase.interval, first_step)
    return max(divisor for divisor in range(1, MOST_STEPS_AT_A_TIME + 1) if common % divisor == 0)


def total_steps(trainer: lightning.Trainer, phase: Phase) -> int:
    """Return the length of a phase in optimizer steps."""
    return phase.length.steps or (phase.length.epochs or 0) * int(trainer.num_training_batches)


def _plateau(optimizer: torch.optim.Optimizer, recipe: Recipe) -> torch.optim.lr_scheduler.ReduceLROnPlateau:
    """Return the schedule that lowers the learning rate on a plateau; it is stepped at each validation."""
    plateau = recipe.plateau
    return torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=plateau.factor, patience=plateau.patience, min_lr=plateau.minimum_learning_rate
    )
