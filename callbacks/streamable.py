"""Which trained networks can be exported and benchmarked."""

import logging

from torch import nn

from nasamp.models import WaveNet
from nasamp.models.network import ours

log = logging.getLogger(__name__)


def streamable(net: nn.Module, what: str) -> WaveNet | None:
    """Return the network if it is nasamp's own and causal; otherwise log that ``what`` is skipped, and why."""
    own = ours(net)
    if own and own.causal:
        return own
    if own:
        reason = "model.causal=false, so it cannot be played live"
    else:
        reason = f"it is for nasamp's WaveNet, and this is a {type(net).__name__}"
    log.warning("%s skipped: %s", what, reason)
    return None
