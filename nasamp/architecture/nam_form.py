"""The same network with the parts that NAM's engine has: what is written to a .nam, and what it costs there."""

from dataclasses import replace

from nasamp.architecture.description import Activation, Architecture, Layer, LayerArray

HANDS_ON = Layer(1, 1, Activation("LeakyReLU", 1.0))  # its activation does nothing: z is what the convolution makes


def nam_form(architecture: Architecture) -> Architecture:
    """Return an architecture of mixins, of residuals with weights, and without input biases, that can play the same.

    NAM's skip sum is made of activations only, and its input convolution has no bias. Where a network has either, a
    first layer hands on the input convolution. NAM hands on ``z`` through a 1x1 only, so the identity is written as one
    factor a channel.
    """
    return replace(architecture, arrays=tuple(map(_in_nams_parts, architecture.arrays)))


def _in_nams_parts(array: LayerArray) -> LayerArray:
    first = (HANDS_ON,) if array.input_bias or array.head_takes_input else ()
    residual = "scale" if array.residual == "identity" else array.residual
    return replace(
        array, layers=first + array.layers, residual=residual, mixin=True, input_bias=False, head_takes_input=False
    )
