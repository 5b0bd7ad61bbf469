"""A .nam of a network that nasamp cannot compute, played by Neural Amp Modeler's own engine in node."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nasamp.architecture.nam_words import FARTHEST, LARGEST
from nasamp.benchmark import nam_wasm
from nasamp.export import document, nam_content
from nasamp.export.document import Node
from nasamp.export.nam_content import OnlyInEngineError

BLOCK = 512  # samples that the engine computes at a time

log = logging.getLogger(__name__)

Play = Callable[[NDArray[np.float32]], NDArray[np.float32]]


@dataclass(frozen=True)
class InEngine:
    """A .nam that only NAM's engine plays.

    Attributes:
        path: of the file.
        sample_rate: in Hz.
        reason: what nasamp cannot compute.
    """

    path: Path
    sample_rate: int
    reason: str

    @property
    def described(self) -> str:
        """Which engine plays it, and why, in one line for the user."""
        return f"played by NAM's engine, {nam_wasm.version()} (nasamp: {self.reason})"

    @contextmanager
    def players(self, count: int) -> Iterator[list[Play]]:
        """Provide functions that play the next samples of one channel each."""
        with ExitStack() as stack:
            players = [stack.enter_context(nam_wasm.player()) for _ in range(count)]
            for player in players:
                player.load(self.path, np.zeros(0, np.float32), sample_rate=self.sample_rate, block=BLOCK)
            yield [player.play for player in players]


def opened(path: Path, reason: OnlyInEngineError) -> InEngine:
    """Return a .nam that ``nam_content`` left to the engine, after checking what the engine trusts.

    Raises:
        ExportError: if the file is broken, or the engine is not installed.
    """
    file = document.read(path)
    model = nam_content.single(file)
    nam_content.numbers(model, _count(model, model.child("config")))
    if missing := nam_wasm.missing():
        raise OnlyInEngineError(f"{reason}; NAM's engine plays it, but {missing}")
    if note := nam_content.note(file):
        log.warning("%s", note)
    return InEngine(path, nam_content.sample_rate(model), str(reason).removeprefix(f"{path}: "))


def _count(model: Node, config: Node) -> int:
    """Return how many weights a model must have; of a WaveNet, which the engine counts itself, how many it has."""
    _refuse_large(config, config.content)
    kind = model.content["architecture"]
    if kind == "WaveNet":
        held = model.content.get("weights")
        return len(held) if isinstance(held, list) else 1
    if kind == "Linear":
        return _whole(config, "receptive_field", FARTHEST) + _flag(config, "bias")
    if kind == "LSTM":
        size, layers = _whole(config, "hidden_size"), _whole(config, "num_layers")
        inputs = [_whole(config, "input_size", 1), *[size] * (layers - 1)]
        return sum(4 * size * (each + size) + 6 * size for each in inputs) + size + 1  # with h and c at the start
    size, dilations = _whole(config, "channels"), config.content.get("dilations")
    if not isinstance(dilations, list) or not all(type(each) is int and each > 0 for each in dilations or [None]):
        config.refuse("dilations: must be a list of whole numbers")
    others = 4 * size + 1 if _flag(config, "batchnorm") else size
    return sum(2 * size * each + others for each in (1, *[size] * (len(dilations) - 1))) + size + 1


def _whole(config: Node, key: str, highest: int = LARGEST) -> int:
    value = config.content.get(key)
    if type(value) is not int or not 1 <= value <= highest:
        config.refuse(f"{key}: must be a whole number from 1 to {highest:,}")
    return value


def _flag(config: Node, key: str) -> bool:
    value = config.content.get(key)
    if type(value) is not bool:
        config.refuse(f"{key}: must be true or false")
    return value


def _refuse_large(config: Node, value: object, place: str = "") -> None:
    """Refuse numbers for which the engine would reserve memory that no file could fill."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            _refuse_large(config, inner, f"{place}.{key}" if isinstance(value, dict) else f"{place}[{key}]")
    elif isinstance(value, int | float) and not abs(value) <= FARTHEST:
        config.refuse(f"{place.removeprefix('.')}: must be at most {FARTHEST:,}")
