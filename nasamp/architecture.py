"""What an architecture costs, by formula; every function takes scalars and NumPy arrays alike.

The network: a 1x1 convolution into ``channels``, ``layers`` residual blocks ``x + tanh(conv(x))``
with dilation ``dilation_base ** i``, a 1x1 convolution out.
"""

from typing import TYPE_CHECKING, Any, TypeVar, overload

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Count = TypeVar("Count", int, "NDArray[np.int64]")


def receptive_field(layers: Count, kernel_size: Count, dilation_base: int = 2) -> Count:
    """Return how many input samples one output sample depends on (van den Oord et al. 2016, section 2.1).

    It is memory, not delay: a causal network answers at once.

    >>> receptive_field(layers=3, kernel_size=3)
    15
    >>> receptive_field(layers=3, kernel_size=3, dilation_base=1)
    7
    """
    base, n = dilation_base, layers
    dilations = n if base == 1 else (base**n - 1) // (base - 1)
    return 1 + (kernel_size - 1) * dilations


def parameters(layers: Count, channels: Count, kernel_size: Count) -> Count:
    """Return the number of trained values.

    >>> parameters(layers=8, channels=16, kernel_size=3)
    6321
    """
    n, c, k = layers, channels, kernel_size
    return 2 * c + n * (k * c**2 + c) + c + 1


def macs_per_sample(layers: Count, channels: Count, kernel_size: Count) -> Count:
    """Return the multiplications for one sample of output; measured, it ranks plugins' engines well.

    >>> macs_per_sample(layers=8, channels=16, kernel_size=3)
    6176
    """
    n, c, k = layers, channels, kernel_size
    return c + n * k * c**2 + c


def nam_weights(layers: Count, channels: Count, kernel_size: Count) -> Count:
    """Return how many numbers a .nam holds: the parameters, and the zeros and ones that make NAM's WaveNet ours.

    >>> nam_weights(layers=8, channels=16, kernel_size=3)
    7010
    """
    n, c, k = layers, channels, kernel_size
    return parameters(n, c, k) + c + c**2 + 2 * c + n * 3 * c + 1


def nam_bytes(layers: Count, channels: Count, kernel_size: Count) -> Count:
    """Return about how large the .nam is, to a few per cent: a trained number has 11 digits and signs, a zero 3.

    >>> nam_bytes(layers=8, channels=16, kernel_size=3)
    79908
    """
    n, c, k = layers, channels, kernel_size
    trained = parameters(n, c, k)
    return 1_300 + 12 * trained + 4 * (nam_weights(n, c, k) - trained)


def tanh_per_sample(layers: Count, channels: Count) -> Count:
    """Return how many hyperbolic tangents one sample of output takes.

    >>> tanh_per_sample(layers=8, channels=16)
    128
    """
    return layers * channels


def state_bytes(channels: Count, receptive_field: Count) -> Count:
    """Return the memory that is kept from block to block, in float32.

    >>> state_bytes(channels=16, receptive_field=511)
    32640
    """
    return 4 * channels * (receptive_field - 1)


@overload
def latency_ms(receptive_field: int, sample_rate: int) -> float: ...
@overload
def latency_ms(receptive_field: "NDArray[np.int64]", sample_rate: "NDArray[np.int64]") -> "NDArray[np.float64]": ...
def latency_ms(receptive_field: Any, sample_rate: Any) -> Any:
    """Return the receptive field in milliseconds, as the search's filter uses it.

    >>> round(latency_ms(511, 44_100), 2)
    11.59
    """
    return receptive_field / sample_rate * 1000
