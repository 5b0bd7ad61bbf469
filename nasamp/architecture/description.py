"""The architecture of a network as one frozen, hashable value, in the terms of Neural Amp Modeler's engine.

One layer computes ``z = activation(conv(h) + mixin(x))``, where ``x`` is the network's input, adds ``z`` to the skip
sum ``s`` and passes ``h + residual(z)`` to the next layer. The head, a convolution over ``s``, gives the output of the
array. The input of array n + 1 is the last ``h`` of array n through a 1x1 convolution, and its skip sum starts with the
head output of array n. The last head output times ``head_scale`` is the network's output.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Gating = Literal["none", "gated", "blended"]
Residual = Literal["identity", "scale", "dense"]
TrainedActivation = Literal["Tanh", "Hardtanh", "ReLU", "LeakyReLU", "Sigmoid", "SiLU", "Hardswish", "Softsign"]
ACTIVATIONS = (*get_args(TrainedActivation), "Fasttanh")  # the last approximates Tanh in NAM's engine; only read
DEFAULT_SLOPES = {"LeakyReLU": 0.01}  # of the activations that have a slope, as in NAM's engine


@dataclass(frozen=True)
class Activation:
    """An activation function, by its name in NAM's engine.

    Attributes:
        name: one of ``ACTIVATIONS``.
        negative_slope: None where the function has none.
    """

    name: str
    negative_slope: float | None = None

    @property
    def parameters(self) -> tuple[float, ...]:
        """What the function takes beside its input: the negative slope, where it has one."""
        if self.name not in DEFAULT_SLOPES:
            return ()
        return (DEFAULT_SLOPES[self.name] if self.negative_slope is None else self.negative_slope,)


TANH, SIGMOID = Activation("Tanh"), Activation("Sigmoid")


def activation(name: str) -> Activation:
    """Return the activation of a name, with the slope that NAM's engine has by default."""
    return Activation(name, DEFAULT_SLOPES.get(name))


@dataclass(frozen=True)
class Layer:
    """A dilated convolution and its activation.

    Attributes:
        kernel_size: taps of the convolution, ``dilation`` samples apart.
        gating: ``gated`` doubles the outputs of the convolution: ``activation(a) * secondary_activation(b)``;
            ``blended``: ``p * activation(a) + (1 - p) * a`` with ``p = secondary_activation(b)``.
        secondary_activation: of ``b``, the second half of the convolution's outputs; None without gating.
    """

    kernel_size: int
    dilation: int
    activation: Activation = TANH
    gating: Gating = "none"
    secondary_activation: Activation | None = None


@dataclass(frozen=True)
class Head:
    """The convolution from an array's skip sum to its output."""

    out_channels: int = 1
    kernel_size: int = 1
    bias: bool = True


@dataclass(frozen=True)
class LayerArray:
    """A sequence of layers of the same width.

    Attributes:
        channels: of ``h``.
        bottleneck: channels of ``z`` and of the skip sum.
        residual: from ``z`` to ``h``: ``identity``, one factor per channel (``scale``), or a ``dense`` 1x1 convolution;
            the last two have a bias.
        mixin: whether each layer adds a 1x1 convolution, without bias, of the network's input.
        input_bias: whether the 1x1 convolution from the array's input to the first ``h`` has a bias.
        head_takes_input: whether the skip sum starts with the first ``h``.
    """

    channels: int
    bottleneck: int
    layers: tuple[Layer, ...]
    residual: Residual = "identity"
    mixin: bool = False
    head: Head = Head()
    input_bias: bool = True
    head_takes_input: bool = True


@dataclass(frozen=True)
class Architecture:
    """The architecture of a network.

    Attributes:
        head_scale: factor of the last head's output.
        causal: whether no output depends on later input; only plain stacks can be non-causal.
    """

    arrays: tuple[LayerArray, ...]
    head_scale: float = 1.0
    causal: bool = True

    @property
    def is_tanh_stack(self) -> bool:
        """Whether it is a plain stack, except that kernel sizes and dilations may be any."""
        array = self.arrays[0]
        usual = LayerArray(array.channels, array.channels, array.layers)
        are_usual = all(layer.activation == TANH and layer.gating == "none" for layer in array.layers)
        return are_usual and self == Architecture((usual,), causal=self.causal)

    @classmethod
    def of_tree(cls, tree: Mapping[str, Any]) -> "Architecture":
        """Return the architecture of which ``dataclasses.asdict`` made a tree.

        Raises:
            TypeError, KeyError, ValueError, AttributeError: for a tree that it did not make.
        """
        arrays = [
            LayerArray(**{**array, "layers": tuple(map(_layer, array["layers"])), "head": Head(**array["head"])})
            for array in tree["arrays"]
        ]
        made = cls(tuple(arrays), tree["head_scale"], tree["causal"])
        if problem := made.problem():
            raise ValueError(problem)
        return made

    def problem(self) -> str | None:
        """Return what is inconsistent, as a message; None if nothing is."""
        if not self.arrays or not all(array.layers for array in self.arrays):
            return "an architecture needs at least one array of at least one layer"
        before: LayerArray | None = None
        for place, array in enumerate(self.arrays):
            if problem := _problem(array, before):
                return problem if len(self.arrays) == 1 else f"array {place}: {problem}"
            before = array
        if self.arrays[-1].head.out_channels != 1:
            return f"the last head must have 1 output, not {self.arrays[-1].head.out_channels}"
        if not self.causal and not self.is_tanh_stack:
            return "causal=false: only a plain stack of Tanh layers may look ahead"
        return None


def _layer(tree: Mapping[str, Any]) -> Layer:
    first, second = (tree[key] and Activation(**tree[key]) for key in ("activation", "secondary_activation"))
    return Layer(**{**tree, "activation": first, "secondary_activation": second})


def _problem(array: LayerArray, before: LayerArray | None) -> str | None:
    if array.bottleneck != array.channels and (array.residual != "dense" or array.head_takes_input):
        return f"a bottleneck of {array.bottleneck} for {array.channels} channels needs residual=dense and mixin=true"
    outputs = array.channels if before is None else before.head.out_channels
    if outputs != array.channels or (before is not None and outputs != array.bottleneck):
        return f"it has {array.channels} channels, the head before it {outputs} outputs; NAM's engine needs as many"
    if any((layer.gating == "none") != (layer.secondary_activation is None) for layer in array.layers):
        return "a secondary activation belongs to gating, and gating to a secondary activation"
    return None
