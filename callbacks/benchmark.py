"""Measures the real-time factor and the delay of a trained network."""

from collections.abc import Sequence
from typing import Any

from callbacks.streamable import streamable
from nasamp.benchmark import engines, speed
from nasamp.benchmark.latency import algorithmic_latency
from nasamp.cost import measured
from nasamp.training.best import AfterTraining, Trained


class CpuBenchmark(AfterTraining):
    """The speed of the network's architecture: what the search measured before, else measured after training."""

    def __init__(self, *, enabled: bool, engine: str, blocks: Sequence[int], seconds: float) -> None:
        """Store the arguments.

        Args:
            enabled: whether anything is measured.
            engine: see ``benchmark.engines.chosen``.
            blocks: block sizes in samples; the last gives the main columns.
            seconds: of audio for each block size.
        """
        super().__init__()
        self._enabled, self._engine = enabled, engines.chosen(engine)
        self._how: dict[str, Any] = {"blocks": tuple(blocks), "seconds": seconds}

    def on_trained(self, trained: Trained) -> None:
        """Take what the search has measured; measure where it has not, and the phase asks for it."""
        measurements = measured.read(trained.folder.parents[1])
        if not (self._enabled or measurements) or not (net := streamable(trained.net, "the benchmark")):
            return
        how = self._how | {"sample_rate": trained.recording.sample_rate}
        key = measured.key(net.architecture, self._engine, **how)
        if not (self._enabled or key in measurements):
            return
        self.result |= measurements.get(key) or speed.measure(net.architecture, self._engine, **how)
        self.result["algorithmic_latency_samples"] = algorithmic_latency(net)
