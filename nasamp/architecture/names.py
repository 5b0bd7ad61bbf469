"""What an architecture is called in tables, on plots and in the names of folders."""

from nasamp.architecture.description import Architecture


def short_name(architecture: Architecture) -> str:
    """Return layers, channels and kernel sizes; what varies from array to array, or layer to layer, is listed.

    >>> from nasamp.architecture import stack
    >>> short_name(stack(layers=8, channels=16, kernel_size=3))
    'L8_C16_K3'
    """
    layers = [layer for array in architecture.arrays for layer in array.layers]
    widths = dict.fromkeys(array.channels for array in architecture.arrays)
    kernels = sorted({layer.kernel_size for layer in layers})
    return f"L{len(layers)}_C{'-'.join(map(str, widths))}_K{'-'.join(map(str, kernels))}"
