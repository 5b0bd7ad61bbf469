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
    """Return, and log, whether the network cannot be played block by block, or is of a class of the user's own."""
    reason = ""
    if not isinstance(net, WaveNet):
        reason = f"it is for nasamp's WaveNet, and this is a {type(net).__name__}"
    elif not net.causal:
        reason = "model.causal=false, so it cannot be played live"
    if reason:
        log.warning("%s skipped: %s", what, reason)
    return bool(reason)
