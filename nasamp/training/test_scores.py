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
    """Return the columns ``test_*``, those of ``val_*`` that are taken once, and ``aliasing_db``.

    From here on the module holds the weights of the best checkpoint, with its network on the CPU.
    """
    path = Path(trainer.checkpoint_callback.best_model_path)  # type: ignore[union-attr]
    # by ckpt_path="best" Lightning would set back the callbacks too: history and time would lose what came after it
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
