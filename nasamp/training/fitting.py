"""Trains one network on one recording with Lightning, and scores its best checkpoint."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, isfinite, nan
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.loggers.logger import Logger

from nasamp import schema
from nasamp.audio.recording import Recording
from nasamp.errors import JobError
from nasamp.losses import Loss
from nasamp.quantities import QUANTITIES
from nasamp.schema import Config, Phase
from nasamp.training import checkpoints, curve, test_scores
from nasamp.training.batches import RecordingData
from nasamp.training.best import AfterTraining, BestSoFar, Trained
from nasamp.training.history import History, KeepHistory, identity_of
from nasamp.training.module import Training, total_steps
from nasamp.training.progress import Progress
from nasamp.training.resuming import KeepLast, WarmStart

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fit:
    """The result of a training.

    Attributes:
        columns: scores and other results, by the columns of the tables.
        steps: optimizer steps of the job if nothing stops it early.
        done: share of these steps that was made, 0..1.
        pace: estimated seconds for all steps; None if the job ended before it could be estimated.
        seconds: duration of the whole job, summed over all processes that worked on it.
    """

    columns: dict[str, Any]
    steps: int
    done: float
    pace: float | None
    seconds: float


def fit(
    config: Config,
    recording: Recording,
    folder: Path,
    net: Any,
    loss: Loss,
    *,
    callbacks: Sequence[lightning.Callback],
    loggers: Sequence[Logger],
    identity: str,
    report: Callable[..., None],
) -> Fit:
    """Train a network, or continue where a killed process stopped; then score it and call each ``AfterTraining``.

    Args:
        folder: the job's.
        net: a ``WaveNet`` with its initial weights, or the user's own module with the attribute ``context``.
        callbacks: those of the config.
        loggers: those that the user chose.
        identity: hash of the job's settings and recording; a last checkpoint of another identity is ignored.
        report: see ``Progress``.

    Raises:
        JobError: if no validation gave a finite number, or the checkpoint of the earlier phase cannot be read.
    """
    phase, monitor, last = config.phase, config.search.monitor, folder / checkpoints.LAST
    is_resumed = identity_of(last) == identity
    if not is_resumed:
        (folder / checkpoints.STABLE).unlink(missing_ok=True)
    earlier = WarmStart(config.start.checkpoint) if config.start.checkpoint else None
    first_step = earlier.step if earlier else 0
    module, data = _module_and_data(config, recording, net, loss, first_step)
    best, history = BestSoFar(monitor), History()
    progress = Progress(report, lambda: best.numbers[monitor], phase, first_step=first_step)
    kept = KeepHistory(history, identity)
    checkpoint = ModelCheckpoint(folder, Path(checkpoints.BEST).stem, monitor=monitor, enable_version_counter=False)
    start = [earlier] if earlier and not is_resumed else []
    trainer = lightning.Trainer(
        callbacks=[best, progress, kept, *callbacks, *start, checkpoint, KeepLast(folder, phase)],
        logger=[history, *loggers],
        default_root_dir=folder,
        **_device(config.trainer),
        **_length(phase, module.steps_at_a_time),
        num_sanity_val_steps=0,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    if is_resumed:
        log.info("continues from %s", last)
    try:
        trainer.fit(module, data, ckpt_path=last if is_resumed else None)
    finally:
        curve.write(folder, history.rows)
    epochs = ceil(trainer.global_step / (trainer.num_training_batches * module.steps_at_a_time))
    columns = _columns(best, epochs, checkpoint.best_model_path) | {"training_seconds": round(kept.seconds, 2)}
    columns |= test_scores.columns(trainer, module, data)
    for callback in callbacks:
        if isinstance(callback, AfterTraining):
            callback.on_trained(Trained(module.net, best.numbers, recording, folder))
    log.info("%s: %s", monitor, best.numbers[monitor])
    return Fit(columns, total_steps(trainer, phase) - first_step, progress.done, progress.pace, round(kept.seconds, 2))


def _module_and_data(
    config: Config, recording: Recording, net: Any, loss: Loss, first_step: int
) -> tuple[Training, RecordingData]:
    module = Training(
        net,
        loss,
        recipe=config.recipe,
        phase=config.phase,
        monitor=config.search.monitor,
        sample_rate=recording.sample_rate,
        first_step=first_step,
    )
    data = RecordingData(
        recording,
        context=net.context,
        recipe=config.recipe,
        steps_at_a_time=module.steps_at_a_time,
        seed=config.seed,
    )
    return module, data


def _device(trainer: schema.Trainer) -> dict[str, Any]:
    """Return the arguments of Lightning's Trainer for one device in one process, whatever Slurm's variables say."""
    return {
        "accelerator": trainer.accelerator,
        "devices": 1,
        "precision": trainer.precision,
        "plugins": LightningEnvironment(),
    }


def _length(phase: Phase, steps_at_a_time: int) -> dict[str, Any]:
    """Return the arguments of Lightning's Trainer for the length of a phase and its validations."""
    if phase.length.epochs:
        return {
            "max_epochs": phase.length.epochs,
            "check_val_every_n_epoch": phase.interval,
            "log_every_n_steps": 1_000_000,
        }
    return {
        "max_epochs": -1,
        "max_steps": phase.length.steps,
        "val_check_interval": phase.interval // steps_at_a_time,
        "check_val_every_n_epoch": None,
        "log_every_n_steps": 1_000_000,
    }


def _columns(best: BestSoFar, epochs: int, checkpoint: str) -> dict[str, Any]:
    """Return the columns of the best validation; raises JobError if no validation gave a finite number."""
    columns = {quantity.column: best.numbers.get(quantity.key) for quantity in QUANTITIES.values()}
    numbers = {column: value for column, value in columns.items() if value is not None}
    if not checkpoint or not all(isfinite(numbers.get(name, nan)) for name in ("val_esr", "val_loss")):
        raise JobError("no validation gave a finite number; lower recipe.learning_rate")
    written = Path(*Path(checkpoint).parts[-3:]).as_posix()  # relative to the search's folder, which may be moved
    return numbers | {"best_epoch": best.epoch, "epochs": epochs, "checkpoint": written}
