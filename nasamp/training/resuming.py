"""Checkpoints to resume a job from, and the start of a later phase from the checkpoint of an earlier one."""

import logging
import shutil
from pathlib import Path

import pytorch_lightning as lightning
from pytorch_lightning.callbacks import Checkpoint

from nasamp.atomic import replacing
from nasamp.errors import JobError
from nasamp.schema import Phase
from nasamp.training import checkpoints
from nasamp.training.module import Training

log = logging.getLogger(__name__)


class KeepLast(Checkpoint):
    """Write ``last.ckpt`` at every validation, and ``stable.ckpt`` at the last one before the learning rate falls.

    Lightning's ``save_last`` writes only when the monitored number improved, and not atomically.
    """

    def __init__(self, folder: Path, phase: Phase) -> None:
        """Take the job's folder; if the rate of the phase never falls, there is no ``stable.ckpt``."""
        self._folder = folder
        self._stable_step = phase.last_stable_step

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Write them, after Lightning's ModelCheckpoint, whose state they contain."""
        last = self._folder / checkpoints.LAST
        with replacing(last) as draft:
            trainer.save_checkpoint(draft)
        if self._stable_step and trainer.global_step == self._stable_step:
            with replacing(self._folder / checkpoints.STABLE) as draft:
                shutil.copyfile(last, draft)


class WarmStart(lightning.Callback):
    """Start training with the weights, their average, the optimizer's state and the step of a checkpoint."""

    step: int

    def __init__(self, path: Path) -> None:
        """Read the checkpoint, written at ``step``; raises JobError if it cannot be read."""
        try:
            self._content = checkpoints.read(path)
        except checkpoints.UnreadableError as error:
            raise JobError(
                f"start.path={path}: cannot be read ({error}); search.warm_start=false trains from the start"
            ) from None
        self._path, self.step = path, self._content["global_step"]

    def on_fit_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Restore these only: unlike with ``ckpt_path``, best numbers, early stopping and history start empty."""
        assert isinstance(pl_module, Training)  # noqa: S101
        pl_module.load_state_dict(self._content["state_dict"])
        pl_module.restore(self._content["training"])
        trainer.optimizers[0].load_state_dict(self._content["optimizer_states"][0])
        loop = trainer.fit_loop.epoch_loop
        steps, batches = loop.manual_optimization.optim_step_progress.total, loop.batch_progress.total
        steps.ready = steps.completed = self.step  # what trainer.global_step returns
        batches.ready = batches.completed = self.step // pl_module.steps_at_a_time  # decides when to validate
        log.info("starts at step %d of %s", trainer.global_step, self._path)
