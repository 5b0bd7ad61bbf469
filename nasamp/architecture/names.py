"""The name of an architecture in tables, plots and folder names."""

from nasamp.architecture.description import Architecture


def short_name(architecture: Architecture) -> str:
    """Return the numbers of layers, channels and kernel sizes; those that vary are listed.

    >>> from nasamp.architecture import stack
    >>> short_name(stack(layers=8, channels=16, kernel_size=3))
    'L8_C16_K3'
    """
    layers = [layer for array in architecture.arrays for layer in array.layers]
    widths = dict.fromkeys(array.channels for array in architecture.arrays)
    kernels = sorted({layer.kernel_size for layer in layers})
    return f"L{len(layers)}_C{'-'.join(map(str, widths))}_K{'-'.join(map(str, kernels))}"
