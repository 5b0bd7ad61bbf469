"""The real-time factor of the best checkpoint, and its delay."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning

from callbacks.best import best_network, is_skipped
from nasamp.benchmark import engines, speed
from nasamp.benchmark.latency import algorithmic_latency
from nasamp.cost import measured


class CpuBenchmark(lightning.Callback):
    """The columns of an architecture's speed: those that the search measured before, else measured after training."""

    def __init__(self, *, enabled: bool, engine: str, blocks: Sequence[int], seconds: float) -> None:
        """Take the engine, the block sizes in samples, the one that counts last, and the s of audio for each."""
        self._enabled, self._engine = enabled, engines.chosen(engine)
        self._how: dict[str, Any] = {"blocks": tuple(blocks), "seconds": seconds}
        self.result: dict[str, Any] = {}

    def on_fit_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Take what the search has measured; measure where it has not, and the phase asks for it."""
        measurements = measured.read(Path(trainer.default_root_dir).parents[1])
        if not (self._enabled or measurements):
            return
        if is_skipped("the benchmark", net := best_network(trainer, pl_module)):
            return
        rate = trainer.datamodule.recording.sample_rate  # type: ignore[attr-defined]
        key = measured.key(net.architecture, self._engine, **self._how, sample_rate=rate)
        if not (self._enabled or key in measurements):
            return
        self.result |= measurements.get(key) or speed.measure(
            net.architecture, self._engine, **self._how, sample_rate=rate
        )
        self.result["algorithmic_latency_samples"] = algorithmic_latency(net)
