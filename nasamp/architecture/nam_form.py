"""Converts an architecture to the form that NAM's engine computes: what is written to a .nam, and what costs there."""

from dataclasses import replace

from nasamp.architecture.description import Activation, Architecture, Layer, LayerArray

LINEAR = Layer(1, 1, Activation("LeakyReLU", 1.0))  # of slope 1, the identity


def nam_form(architecture: Architecture) -> Architecture:
    """Return an equivalent architecture with mixins, with weights in each residual, and without input biases.

    NAM's skip sum consists of activations only, and its input convolution has no bias. If a network needs either, a
    linear layer is put first that computes the input convolution. NAM has no residual without weights, so the identity
    becomes one factor per channel.
    """
    return replace(architecture, arrays=tuple(map(_of_array, architecture.arrays)))


def _of_array(array: LayerArray) -> LayerArray:
    first = (LINEAR,) if array.input_bias or array.head_takes_input else ()
    residual = "scale" if array.residual == "identity" else array.residual
    return replace(
        array, layers=first + array.layers, residual=residual, mixin=True, input_bias=False, head_takes_input=False
    )
