"""The LightningModule: it routes a network, a loss and an optimizer."""

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
from nasamp.models.network import hidden, in_context, ours
from nasamp.schema import Phase, Recipe
from nasamp.training.batches import Batch
from nasamp.training.optimizers import Average, Flat, MuonWithAdam, warmup_stable_decay

MOST_STEPS_AT_A_TIME = 25  # about a tenth of a second; more gains nothing


class Training(lightning.LightningModule):
    """Train a network on segments, and measure it on the whole validation and test part.

    Where the recipe averages the weights, it is the averaged ones that are measured and that checkpoints hold as the
    network's; those that training goes on from stand beside them.
    """

    def __init__(
        self, net: WaveNet, loss: Loss, *, recipe: Recipe, phase: Phase, monitor: str, sample_rate: int, begun: int = 0
    ) -> None:
        """Take a built network and loss.

        Args:
            monitor: the W&B key that the learning rate follows.
            begun: steps that were made in an earlier phase.
        """
        super().__init__()
        self.automatic_optimization = False  # one batch holds many steps: Lightning takes as long as a small one
        self.net, self._loss = net, loss
        self._recipe, self._phase, self._monitor = recipe, phase, monitor
        self.steps_at_a_time = _steps_at_a_time(phase, recipe, begun)
        self._validation = scores.at_each_validation(loss, monitor)
        self._ends = (scores.of_the_best(monitor), scores.at_the_end(sample_rate))
        self._losses: list[tuple[Tensor, int]] = []  # since the last validation; empty whenever a checkpoint is written
        self._restored: dict[str, Any] = {}

    def training_step(self, batch: Batch, index: int) -> None:
        """Make the steps that a batch holds."""
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
        """Put the averaged weights into the network."""
        self._average.swap()

    def validation_step(self, batch: Batch, index: int) -> None:
        """Keep one piece of the validation part; the numbers need all of them."""
        self._validation.add(*self._predict(batch))

    def on_validation_epoch_end(self) -> None:
        """Log the numbers of the whole validation part, and the mean training loss since the last time."""
        segments = sum(count for _, count in self._losses)
        mean = sum(float(loss) * count for loss, count in self._losses) / segments if segments else nan
        self._losses.clear()
        numbers = {"train/loss": mean} | self._validation.take()
        if self._plateau:
            self._plateau.step(numbers[self._monitor])
        self._log_numbers(numbers)

    def on_validation_end(self) -> None:
        """Go on with the weights that are trained; checkpoints are written before, by callbacks."""
        self._average.swap()

    def test_step(self, batch: Batch, index: int, dataloader_idx: int) -> None:
        """Keep one piece of the validation or the test part."""
        self._ends[dataloader_idx].add(*self._predict(batch))

    def on_test_epoch_end(self) -> None:
        """Log the numbers that are taken once, of both parts."""
        for part in self._ends:
            self._log_numbers(part.take())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return the recipe's optimizer, over the weights as one tensor; they are where training computes."""
        recipe = self._recipe
        self._weights = Flat(self.net, hidden(self.net))
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
        """Go on from what a checkpoint holds beside the network's weights, once these are loaded."""
        self._average.restore(training["weights"])
        if self._plateau and training["plateau"]:
            self._plateau.load_state_dict(training["plateau"])

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add what training goes on from, and which network the weights belong to: the file alone can be played."""
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
        """Keep what training goes on from until there is an optimizer."""
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


def _steps_at_a_time(phase: Phase, recipe: Recipe, begun: int) -> int:
    """Return how many steps of the optimizer one batch holds: between two batches Lightning has its say."""
    if recipe.segments == "in_epochs" or not phase.length.steps:
        return 1
    common = math.gcd(phase.length.steps, phase.interval, begun)
    return max(divisor for divisor in range(1, MOST_STEPS_AT_A_TIME + 1) if common % divisor == 0)


def total_steps(trainer: lightning.Trainer, phase: Phase) -> int:
    """Return the length of a phase in steps of the optimizer."""
    return phase.length.steps or (phase.length.epochs or 0) * int(trainer.num_training_batches)


def _plateau(optimizer: torch.optim.Optimizer, recipe: Recipe) -> torch.optim.lr_scheduler.ReduceLROnPlateau:
    """Return the rule that lowers the rate; it is asked at each validation, before the checkpoint."""
    plateau = recipe.plateau
    return torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=plateau.factor, patience=plateau.patience, min_lr=plateau.minimum_learning_rate
    )
