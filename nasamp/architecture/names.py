"""What an architecture is called in tables, on plots and in the names of folders."""

from collections.abc import Sequence

from nasamp.architecture.description import Architecture, LayerArray


def short_name(architecture: Architecture) -> str:
    """Return layers, channels and kernel sizes; if these differ between arrays or layers, all that occur.

    >>> from nasamp.architecture import stack
    >>> short_name(stack(layers=8, channels=16, kernel_size=3))
    'L8_C16_K3'
    """
    layers = [layer for array in architecture.arrays for layer in array.layers]
    widths = dict.fromkeys(array.channels for array in architecture.arrays)
    kernels = sorted({layer.kernel_size for layer in layers})
    return f"L{len(layers)}_C{'-'.join(map(str, widths))}_K{'-'.join(map(str, kernels))}"


def in_words(architecture: Architecture) -> str:
    """Return an architecture in some words, without what all usual networks have in common.

    >>> from nasamp.architecture import stack
    >>> in_words(stack(layers=8, channels=16, kernel_size=3))
    '8 layers of 16 channels, kernel 3, dilations 1 2 4 ... 128'
    >>> in_words(stack(14, 8, 6, dilation_cycle=7, mixin=True, residual="dense", head_kernel_size=16))
    '14 layers of 8 channels, kernel 6, dilations 1 2 4 ... 64, 2 times, mixin, dense residual, head kernel 16'
    """
    words = "; ".join(map(_array_in_words, architecture.arrays))
    return words if architecture.causal else f"{words}, looks ahead"


def _array_in_words(array: LayerArray) -> str:
    layers = array.layers
    kernels = "-".join(map(str, sorted({layer.kernel_size for layer in layers})))
    activations = dict.fromkeys(layer.activation.name for layer in layers)
    gatings = dict.fromkeys(layer.gating for layer in layers if layer.gating != "none")
    bottleneck = f" (bottleneck {array.bottleneck})" if array.bottleneck != array.channels else ""
    words = [
        f"{len(layers)} layers of {array.channels} channels{bottleneck}",
        f"kernel {kernels}",
        f"dilations {_dilations([layer.dilation for layer in layers])}",
        " ".join(activations) if list(activations) != ["Tanh"] else "",
        *gatings,
        "mixin" if array.mixin else "",
        f"{array.residual} residual" if array.residual != "identity" else "",
        f"head kernel {array.head.kernel_size}" if array.head.kernel_size > 1 else "",
    ]
    return ", ".join(word for word in words if word)


def _dilations(dilations: Sequence[int]) -> str:
    """Return a list of dilations, shortened, and how often it is repeated."""
    count = len(dilations)
    periods = [n for n in range(1, count // 2 + 1) if all(dilations[i] == dilations[i % n] for i in range(count))]
    period = next(iter(periods), count)
    cycle = [str(each) for each in dilations[:period]]
    shown = " ".join(cycle if period <= 4 else [*cycle[:3], "...", cycle[-1]])
    return shown if period == count else f"{shown}, {count / period:.3g} times"
