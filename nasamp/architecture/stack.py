"""Stacks: networks of one array whose layers differ in their dilation only, by a few numbers."""

from collections.abc import Sequence
from typing import Any

from nasamp.architecture.description import (
    SIGMOID,
    TANH,
    Activation,
    Architecture,
    Gating,
    Head,
    Layer,
    LayerArray,
    Residual,
)


def stack(
    layers: int,
    channels: int,
    kernel_size: int,
    dilation_base: int = 2,
    *,
    causal: bool = True,
    dilation_cycle: int | None = None,
    dilations: Sequence[int] | None = None,
    activation: Activation = TANH,
    gating: Gating = "none",
    residual: Residual = "identity",
    mixin: bool = False,
    head_kernel_size: int = 1,
    bottleneck: int | None = None,
) -> Architecture:
    """Return a stack of layers: by default ``h + tanh(conv(h))``, dilations 1, 2, 4, ..., between two 1x1 convolutions.

    Without a mixin its input convolution has a bias, and its skip sum begins with its first ``h``, so that the head
    gets the last one (van den Oord et al. 2016, without gates). For ``counts`` channels and kernel_size may be NumPy
    arrays of many stacks' sizes.

    Args:
        dilation_base: dilation of layer i is ``dilation_base ** i``.
        dilation_cycle: after so many layers the dilations begin again; None = never.
        dilations: one cycle of dilations in place of base and cycle, repeated and cut at ``layers``.
        gating: of each layer, by a sigmoid.
        residual: see ``LayerArray``.
        mixin: see ``LayerArray``.
        head_kernel_size: samples of the skip sum that the head takes.
        bottleneck: channels of ``z``; None = channels.
    """
    cycle = dilations or [dilation_base**i for i in range(min(dilation_cycle or layers, layers))]
    second = None if gating == "none" else SIGMOID
    made = tuple(Layer(kernel_size, cycle[i % len(cycle)], activation, gating, second) for i in range(layers))
    inside, head = channels if bottleneck is None else bottleneck, Head(1, head_kernel_size)
    array = LayerArray(channels, inside, made, residual, mixin, head, input_bias=not mixin, head_takes_input=not mixin)
    return Architecture((array,), causal=causal)


def plain_settings(architecture: Architecture) -> dict[str, Any] | None:
    """Return layers, channels, kernel_size, dilation_base and causal of a plain stack; None for any other network."""
    array = architecture.arrays[0]
    dilations = [layer.dilation for layer in array.layers]
    settings: dict[str, Any] = {
        "layers": len(array.layers),
        "channels": array.channels,
        "kernel_size": array.layers[0].kernel_size,
        "dilation_base": dilations[1] if len(dilations) > 1 else 2,
        "causal": architecture.causal,
    }
    return settings if architecture == stack(**settings) else None
