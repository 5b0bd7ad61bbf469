"""Scores of the best checkpoint on the test part, by which nothing was chosen, and its aliasing."""

import logging
from pathlib import Path

import pytorch_lightning as lightning

from nasamp.metrics import aliasing
from nasamp.metrics.error import decibels
from nasamp.quantities import QUANTITIES
from nasamp.training import checkpoints
from nasamp.training.batches import RecordingData
from nasamp.training.module import Training

log = logging.getLogger(__name__)


def columns(trainer: lightning.Trainer, module: Training, data: RecordingData) -> dict[str, float]:
    """Return the columns ``test_*``, those ``val_*`` that are computed once only, and ``aliasing_db``.

    Afterwards the module holds the weights of the best checkpoint, and its network is on the CPU.
    """
    path = Path(trainer.checkpoint_callback.best_model_path)  # type: ignore[union-attr]
    # with ckpt_path="best" Lightning would reset the callbacks too, and with them the history and the job's duration
    module.load_state_dict(checkpoints.read(path)["state_dict"])
    numbers: dict[str, float] = {}
    for part in trainer.test(module, data, verbose=False):
        numbers |= part
    named = {quantity.column: numbers.get(quantity.key) for quantity in QUANTITIES.values()}
    net = module.net.cpu().eval()
    found = aliasing.measure(net, context=net.context, sample_rate=data.recording.sample_rate)
    log.info("aliasing: %s", "; ".join(map(str, found)))
    measured = {column: value for column, value in named.items() if value is not None}
    return measured | {"aliasing_db": decibels(aliasing.worst(found).ratio)}
