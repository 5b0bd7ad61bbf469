"""Selects the metrics that are computed on each part of a recording."""

import functools
import logging
from collections.abc import Mapping

from torch import Tensor
from torchmetrics import MeanAbsoluteError, Metric, MetricCollection

from nasamp.losses import Loss
from nasamp.metrics.accumulate import Function, PooledEsr, WholeSignal
from nasamp.metrics.error import dc, decibels, si_sdr_db
from nasamp.metrics.loudness import is_available, loudness_difference_lu
from nasamp.metrics.spectrum import mrstft
from nasamp.metrics.weighting import esr_a_weighted, esr_pre_emphasised

log = logging.getLogger(__name__)
_COSTLY: dict[str, Function] = {"mrstft": mrstft}  # too expensive for each validation


class Scores:
    """The metrics of one part, their names starting with ``prefix``; an ESR is given in dB too.

    Not an nn.Module, so that nothing moves it to the GPU: a Mac's has no double precision.
    """

    def __init__(self, prefix: str, metrics: Mapping[str, Metric | Function]) -> None:
        """Start empty, with metrics and functions of the whole signal by name."""
        self._prefix = prefix
        self._metrics = MetricCollection(
            {name: each if isinstance(each, Metric) else WholeSignal(each) for name, each in metrics.items()}
        )

    def add(self, prediction: Tensor, target: Tensor) -> None:
        """Add the next piece, of any shape; pieces must come in order."""
        self._metrics.update(*(signal.detach().float().cpu() for signal in (prediction, target)))

    def take(self) -> dict[str, float]:
        """Return the metrics of all pieces so far, and reset."""
        numbers = {name: float(value) for name, value in self._metrics.compute().items()}
        if "esr" in numbers:
            numbers["esr_db"] = decibels(numbers["esr"])
        self._metrics.reset()
        return {f"{self._prefix}{name}": value for name, value in numbers.items()}


def at_each_validation(loss: Loss, monitor: str) -> Scores:
    """Return the scores of each validation: the cheap ones, and the monitored one."""
    monitored = {key: function for key, function in _COSTLY.items() if f"val/{key}" == monitor}
    whole: Function = lambda prediction, target: float(loss(prediction[None], target[None]))  # noqa: E731
    return Scores("val/", _cheap() | monitored | {"loss": whole})


def of_the_best(monitor: str) -> Scores:
    """Return the validation scores that are computed once, of the best checkpoint."""
    return Scores("val/", {key: function for key, function in _COSTLY.items() if f"val/{key}" != monitor})


def at_the_end(sample_rate: int) -> Scores:
    """Return the scores of the test part, computed once, at the end."""
    functions = {"esr_a_weighted": functools.partial(esr_a_weighted, sample_rate=sample_rate)}
    if is_available():
        functions["loudness_difference_lu"] = functools.partial(loudness_difference_lu, sample_rate=sample_rate)
    else:
        log.info("the loudness difference is not measured: it needs pip install 'nasamp[loudness]'")
    return Scores("test/", _cheap() | _COSTLY | functions)


def _cheap() -> dict[str, Metric | Function]:
    functions: dict[str, Metric | Function] = {
        "esr_pre_emphasised": esr_pre_emphasised,
        "dc": dc,
        "si_sdr_db": si_sdr_db,
    }
    return {"esr": PooledEsr(), "mae": MeanAbsoluteError()} | functions
