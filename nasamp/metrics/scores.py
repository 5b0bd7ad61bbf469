"""Which numbers are taken of which part of a recording."""

import functools
import logging

from torch import Tensor
from torchmetrics import MeanAbsoluteError, MetricCollection

from nasamp.losses import Loss
from nasamp.metrics.accumulate import Function, PooledEsr, WholeSignal
from nasamp.metrics.error import dc, decibels, si_sdr_db
from nasamp.metrics.loudness import is_available, loudness_difference_lu
from nasamp.metrics.spectrum import mrstft
from nasamp.metrics.weighting import esr_a_weighted, esr_pre_emphasised

log = logging.getLogger(__name__)


class Scores:
    """The numbers of one part, under ``prefix``; ESR, its dB and MAE are always among them.

    No nn.Module, so that nothing moves it to the GPU: a Mac's has no double precision.
    """

    def __init__(self, prefix: str, functions: dict[str, Function]) -> None:
        """Start with nothing seen."""
        self._prefix = prefix
        whole = {name: WholeSignal(function) for name, function in functions.items()}
        self._metrics = MetricCollection({"esr": PooledEsr(), "mae": MeanAbsoluteError(), **whole})

    def add(self, prediction: Tensor, target: Tensor) -> None:
        """Add the next piece, of any shape; pieces come in order."""
        self._metrics.update(*(signal.detach().float().cpu() for signal in (prediction, target)))

    def take(self) -> dict[str, float]:
        """Return the numbers of the whole, and start again with nothing seen."""
        numbers = {name: float(value) for name, value in self._metrics.compute().items()}
        numbers["esr_db"] = decibels(numbers["esr"])
        self._metrics.reset()
        return {f"{self._prefix}{name}": value for name, value in numbers.items()}


def at_each_validation(loss: Loss) -> Scores:
    """Return the scores of the validation part: those that cost little beside a pass of the network."""
    return Scores("val/", _always() | {"loss": lambda prediction, target: float(loss(prediction[None], target[None]))})


def at_the_end(sample_rate: int) -> Scores:
    """Return the scores of the test part, which is heard once."""
    functions = {"esr_a_weighted": functools.partial(esr_a_weighted, sample_rate=sample_rate)}
    if is_available():
        functions["loudness_difference_lu"] = functools.partial(loudness_difference_lu, sample_rate=sample_rate)
    else:
        log.info("the loudness difference is not measured: it needs pip install 'nasamp[loudness]'")
    return Scores("test/", _always() | functions)


def _always() -> dict[str, Function]:
    return {"mrstft": mrstft, "esr_pre_emphasised": esr_pre_emphasised, "dc": dc, "si_sdr_db": si_sdr_db}
