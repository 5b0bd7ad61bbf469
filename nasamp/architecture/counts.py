"""Sizes and costs of an architecture by counting: parameters, multiplications, memory, the size of its file.

All are sums over ``convolutions``. Many stacks can be counted at once, if the sizes in the value are NumPy arrays.
"""

from typing import Any, NamedTuple

from nasamp.architecture.description import Architecture
from nasamp.architecture.nam_form import nam_form
from nasamp.architecture.walk import convolutions


class Counts(NamedTuple):
    """Sizes of an architecture; arrays if many were counted at once.

    Attributes:
        macs_per_sample: multiply-accumulate operations per output sample.
        activations_per_sample: evaluations of activation functions per output sample.
        receptive_field: input samples that one output sample depends on; not a delay.
        state_bytes: state that a stream keeps between blocks, in float32.
    """

    parameters: Any
    macs_per_sample: Any
    activations_per_sample: Any
    receptive_field: Any
    state_bytes: Any


def counts(architecture: Architecture) -> Counts:
    """Return the sizes of an architecture.

    >>> from nasamp.architecture import stack
    >>> counts(stack(layers=8, channels=16, kernel_size=3))
    Counts(parameters=6321, macs_per_sample=6176, activations_per_sample=128, receptive_field=511, state_bytes=32640)
    """
    parameters = macs = activations = kept = 0
    layers, heads = 0, 0  # past samples that h depends on, and those that the output of a head depends on
    for each in convolutions(architecture):
        multiplied = each.kernel_size * each.outputs * (1 if each.is_depthwise else each.inputs)
        macs = macs + multiplied
        parameters = parameters + (multiplied + each.outputs if each.bias else multiplied)
        if each.role in ("hidden", "head"):  # the others are 1x1
            reach = (each.kernel_size - 1) * each.dilation
            kept = kept + reach * each.inputs
            if each.role == "hidden":
                activations = activations + each.outputs
                layers = layers + reach
            else:
                heads = reach + (max(layers, heads) if each.array else layers)
    return Counts(parameters, macs, activations, 1 + heads, 4 * kept)


def kept_per_sample(architecture: Architecture) -> int:
    """Return how many numbers a training step keeps of each sample: what goes into each layer, and what comes out.

    Where ``h`` is the skip sum, the activations are differences of what is kept.
    """
    if architecture.is_tanh_stack:
        array = architecture.arrays[0]
        return (len(array.layers) + 1) * array.channels
    taken = sum(len(array.layers) * array.channels + array.bottleneck for array in architecture.arrays)
    return int(taken + counts(architecture).activations_per_sample)


def nam_weights(architecture: Architecture) -> Any:
    """Return the number of weights in the .nam: the parameters of ``nam_form``, and head_scale.

    >>> from nasamp.architecture import stack
    >>> nam_weights(stack(layers=8, channels=16, kernel_size=3))
    7010
    """
    return counts(nam_form(architecture)).parameters + 1


def nam_bytes(architecture: Architecture) -> Any:
    """Return the approximate size of the .nam in bytes: 12 for a trained weight, 4 for a constant.

    >>> from nasamp.architecture import stack
    >>> nam_bytes(stack(layers=8, channels=16, kernel_size=3))
    79908
    """
    trained = counts(architecture).parameters
    return 1_300 + 12 * trained + 4 * (nam_weights(architecture) - trained)


def latency_ms(receptive_field: Any, sample_rate: Any) -> Any:
    """Return the receptive field in milliseconds, as the constraint ``max_latency_ms`` uses it; the rate is in Hz.

    >>> round(latency_ms(511, 44_100), 2)
    11.59
    """
    return receptive_field / sample_rate * 1000
