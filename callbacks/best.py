"""The network as the best checkpoint has it."""

import logging
from typing import cast

import pytorch_lightning as lightning
import torch

from nasamp.models import WaveNet

log = logging.getLogger(__name__)


def best_network(trainer: lightning.Trainer, module: lightning.LightningModule) -> WaveNet:
    """Return the module's network on the CPU, with the weights of the best checkpoint."""
    path = trainer.checkpoint_callback.best_model_path  # type: ignore[union-attr]
    state = torch.load(path, map_location="cpu", weights_only=True)["state_dict"]
    module.load_state_dict(state)
    return cast("WaveNet", module.net).cpu().eval()


def is_skipped(what: str, net: WaveNet) -> bool:
    """Return, and log, whether the network cannot be played block by block."""
    if not net.causal:
        log.warning("%s skipped: model.causal=false, so it cannot be played live", what)
    return not net.causal
