"""Architecture, weights and sample rate of any .nam that holds a WaveNet; no torch, since a dry run reads them too."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from nasamp.architecture import (
    Architecture,
    OtherNetworkError,
    UnsupportedError,
    convolutions,
    layer_array,
    nam_weights,
)
from nasamp.errors import ExportError
from nasamp.export import document, slimmable
from nasamp.export.document import Node
from nasamp.export.trained_form import Array, trained_form
from nasamp.schema import model_keys
from nasamp.schema.model import untrainable

USUAL_RATE = 48_000  # Hz; what hosts take where a file names none
OTHERS = ("LSTM", "ConvNet", "Linear")  # architectures of NAM's engine beside WaveNet
_MOST_WEIGHTS = 5_000_000  # no plugin could play more in real time


class OnlyInEngineError(ExportError):
    """A .nam of a network that NAM's engine plays, and that nasamp cannot compute."""


@dataclass(frozen=True)
class NamContent:
    """What a .nam holds.

    Attributes:
        weights: weight and bias of each convolution, in the order of the walk.
        sample_rate: in Hz.
        note: which model of a container this is, in one line; empty for a single model.
    """

    architecture: Architecture
    weights: tuple[Array, ...]
    sample_rate: int
    note: str = ""


def read(path: Path) -> NamContent:
    """Return the network of a .nam as it was trained, see ``trained_form``; of a container the largest.

    Raises:
        OnlyInEngineError: for a network that NAM's engine plays, but that is none of the family.
        ExportError: for what is no .nam, or is broken.
    """
    return _as_trained(as_written(path))


def as_written(path: Path) -> NamContent:
    """Return the network of a .nam with the parts that the file has; raises ExportError as ``read`` does."""
    return _read(document.read(path))


def trainable(path: Path) -> NamContent:
    """Return the network of a .nam in a form that the config can describe: as it was trained, or else as written.

    The config has no ``head_scale``, so it is multiplied into the last head.

    Raises:
        ExportError: as ``read``, and for an activation that is played but not trained.
    """
    written = _without_head_scale(as_written(path))
    if problem := untrainable(written.architecture):
        raise ExportError(f"{path}: {problem}")
    trained = _as_trained(written)
    return trained if model_keys.of(trained.architecture) else written


def _as_trained(written: NamContent) -> NamContent:
    architecture, weights = trained_form(written.architecture, written.weights)
    return replace(written, architecture=architecture, weights=weights)


def _without_head_scale(held: NamContent) -> NamContent:
    scale = np.float32(held.architecture.head_scale)
    size = 2 if held.architecture.arrays[-1].head.bias else 1
    head = tuple(each * scale for each in held.weights[-size:])
    architecture = replace(held.architecture, head_scale=1.0)
    return replace(held, architecture=architecture, weights=(*held.weights[:-size], *head))


def single(file: Node) -> Node:
    """Return the model of a .nam; of a container the last, which the engine plays unless another is asked for."""
    if file.content.get("architecture") != "SlimmableContainer":
        return file
    config = file.child("config")
    models = config.content.get("submodels")
    if not isinstance(models, list) or not models:
        config.refuse("submodels: must be a list of models")
    last = config.children("submodels", len(models))[-1].child("model")
    if last.content.get("architecture") == "SlimmableContainer":
        last.refuse("a container inside a container is not supported")
    return last


def numbers(model: Node, count: int) -> Array:
    """Return the weights of a model, which must be so many."""
    if count > _MOST_WEIGHTS:
        model.refuse(f"{count:,} weights; no plugin plays more than {_MOST_WEIGHTS:,} in real time")
    return model.numbers("weights", (count,))


def sample_rate(model: Node) -> int:
    """Return the sample rate of a model in Hz, or what hosts take where it names none."""
    rate = model.content.get("sample_rate")
    if rate in (None, -1):
        return USUAL_RATE
    whole = int(rate) if isinstance(rate, float) and rate.is_integer() else rate
    return int(model.settings(sample_rate=whole)["sample_rate"])


def _read(file: Node) -> NamContent:
    model = single(file)
    kind = model.content.get("architecture")
    if kind in OTHERS:
        raise OnlyInEngineError(model.message(f"architecture {kind} is not supported, only WaveNet"))
    if kind != "WaveNet":
        model.refuse(f"architecture {str(kind)[:40]} is not supported, only WaveNet")
    described = _architecture(model.child("config"))
    *weights, head_scale = _cut(described, numbers(model, nam_weights(described)))
    described = replace(described, head_scale=float(head_scale))
    return NamContent(described, tuple(weights), sample_rate(model), note(file))


def note(file: Node) -> str:
    """Return which model ``single`` took out of a container, in one line; nothing for a single model."""
    if file.content.get("architecture") != "SlimmableContainer":
        return ""
    names = ", ".join(slimmable.names(file.content))
    count = len(file.content["config"]["submodels"])
    return file.message(f"holds {count} models{names and f' ({names})'}; the last is used")


def _architecture(config: Node) -> Architecture:
    for key in ("head", "condition_dsp"):
        if config.content.get(key) is not None:
            raise OnlyInEngineError(config.message(f"{key} is not supported"))
    if config.content.get("in_channels", 1) != 1:
        config.refuse(f"in_channels {config.content['in_channels']} is not supported, only 1")
    words = config.content.get("layers")
    if not isinstance(words, list) or not words or not all(isinstance(each, Mapping) for each in words):
        config.refuse("layers: must be a list of layer arrays")
    try:
        described = Architecture(tuple(map(layer_array, words)))
    except OtherNetworkError as error:
        raise OnlyInEngineError(config.message(f"layers: {error}")) from None
    except UnsupportedError as error:
        config.refuse(f"layers: {error}")
    if problem := described.problem():
        config.refuse(f"layers: {problem}")
    return described


def _cut(architecture: Architecture, values: Array) -> Iterator[Array]:
    """Yield the weights of each convolution in the order of the walk, then head_scale."""
    start = 0
    for each in convolutions(architecture):
        shape = (each.outputs, 1 if each.is_depthwise else each.inputs, each.kernel_size)
        for size in (shape, (each.outputs,)) if each.bias else (shape,):
            count = int(np.prod(size))
            yield values[start : start + count].reshape(size)
            start += count
    yield values[start]
