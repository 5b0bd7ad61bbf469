"""The architecture of a network as one value, and everything that follows from it by counting."""

from nasamp.architecture.counts import Counts, counts, latency_ms, nam_bytes, nam_weights
from nasamp.architecture.description import Activation, Architecture, Head, Layer, LayerArray, stack
from nasamp.architecture.nam_form import nam_form
from nasamp.architecture.names import short_name
from nasamp.architecture.walk import Convolution, convolutions

__all__ = [
    "Activation",
    "Architecture",
    "Convolution",
    "Counts",
    "Head",
    "Layer",
    "LayerArray",
    "convolutions",
    "counts",
    "latency_ms",
    "nam_bytes",
    "nam_form",
    "nam_weights",
    "short_name",
    "stack",
]
