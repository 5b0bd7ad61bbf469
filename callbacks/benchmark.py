"""The real-time factor of the best checkpoint."""

from collections.abc import Sequence
from typing import Any

import pytorch_lightning as lightning

from callbacks.best import best_network, is_skipped
from nasamp.benchmark.streaming import engine, measure


class CpuBenchmark(lightning.Callback):
    """Measure when the training is over; see ``nasamp.benchmark.streaming``."""

    def __init__(self, *, enabled: bool, blocks: Sequence[int], seconds: float) -> None:
        """Take the block sizes in samples, the one that counts last, and the s of audio for each."""
        self._enabled, self._blocks, self._seconds = enabled, tuple(blocks), seconds
        self.result: dict[str, Any] = {}

    def on_fit_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Measure the best checkpoint."""
        if not self._enabled or is_skipped("the benchmark", net := best_network(trainer, pl_module)):
            return
        rate = trainer.datamodule.recording.sample_rate  # type: ignore[attr-defined]
        for block in self._blocks:
            factor = measure(net, block=block, seconds=self._seconds, sample_rate=rate)
            end = "" if block == self._blocks[-1] else f"_{block}"
            self.result |= {f"rtf_mean{end}": factor.mean, f"rtf_p50{end}": factor.p50, f"rtf_p99{end}": factor.p99}
        self.result |= {"realtime_capable": factor.is_realtime_capable, "rtf_engine": f"{engine()}, block {block}"}
