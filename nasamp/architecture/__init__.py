"""The architecture of a network as one value, and the sizes and costs that are counted from it."""

from nasamp.architecture.counts import Counts, counts, kept_per_sample, latency_ms, nam_bytes, nam_weights
from nasamp.architecture.description import (
    Activation,
    Architecture,
    Head,
    Layer,
    LayerArray,
    TrainedActivation,
    activation,
)
from nasamp.architecture.nam_form import nam_form
from nasamp.architecture.nam_words import OtherNetworkError, UnsupportedError, in_nams_words, layer_array
from nasamp.architecture.names import in_words, short_name
from nasamp.architecture.stack import plain_settings, stack
from nasamp.architecture.walk import Convolution, convolutions

__all__ = [
    "Activation",
    "Architecture",
    "Convolution",
    "Counts",
    "Head",
    "Layer",
    "LayerArray",
    "OtherNetworkError",
    "TrainedActivation",
    "UnsupportedError",
    "activation",
    "convolutions",
    "counts",
    "in_nams_words",
    "in_words",
    "kept_per_sample",
    "latency_ms",
    "layer_array",
    "nam_bytes",
    "nam_form",
    "nam_weights",
    "plain_settings",
    "short_name",
    "stack",
]
