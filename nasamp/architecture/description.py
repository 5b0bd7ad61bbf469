"""The architecture of a network as one frozen, hashable value, in the terms of Neural Amp Modeler's engine.

One layer computes ``z = activation(conv(h) + mixin(x))``, where ``x`` is the network's input, adds ``z`` to the skip
sum ``s`` and hands on ``h + residual(z)``. The head, a convolution over ``s``, makes the array's output. Array n + 1
takes the ``h`` of array n through a 1x1 convolution, and its skip sum begins with the head output of array n. The last
head output times ``head_scale`` is the network's output.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Gating = Literal["none", "gated", "blended"]
Residual = Literal["identity", "scale", "dense"]


@dataclass(frozen=True)
class Activation:
    """A function of one number, by the name that NAM's engine has for it.

    Attributes:
        name: such as Tanh, LeakyReLU.
        negative_slope: of LeakyReLU; None for those that have none.
    """

    name: str
    negative_slope: float | None = None


TANH, SIGMOID = Activation("Tanh"), Activation("Sigmoid")
NAMES = ("Tanh", "Hardtanh", "ReLU", "LeakyReLU", "Sigmoid", "SiLU", "Hardswish", "Softsign")  # that can be trained


def activation(name: str) -> Activation:
    """Return the activation of a name, LeakyReLU with the slope that NAM's engine has by default."""
    return Activation(name, 0.01 if name == "LeakyReLU" else None)


@dataclass(frozen=True)
class Layer:
    """A dilated convolution and what follows it.

    Attributes:
        kernel_size: samples that the convolution takes, ``dilation`` apart.
        gating: ``gated`` doubles the outputs of the convolution: ``activation(a) * secondary_activation(b)``;
            ``blended``: ``p * activation(a) + (1 - p) * a`` with ``p = secondary_activation(b)``.
        secondary_activation: of the other half of the outputs; None without gating.
    """

    kernel_size: int
    dilation: int
    activation: Activation = TANH
    gating: Gating = "none"
    secondary_activation: Activation | None = None


@dataclass(frozen=True)
class Head:
    """The convolution that makes an array's output of its skip sum."""

    out_channels: int = 1
    kernel_size: int = 1
    bias: bool = True


@dataclass(frozen=True)
class LayerArray:
    """Layers of one width, one behind the other.

    Attributes:
        channels: of ``h``, from layer to layer.
        bottleneck: channels of ``z`` and of the skip sum.
        residual: from ``z`` to ``h``: as it is, times one factor a channel, or a dense 1x1; the last two have a bias.
        mixin: whether each layer adds a 1x1 convolution, without bias, of the network's input.
        input_bias: of the 1x1 convolution that makes ``h`` of the array's input.
        head_takes_input: whether the skip sum begins with ``h`` as the first layer gets it.
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
    """A network.

    Attributes:
        head_scale: what the last head's output is multiplied with.
        causal: whether no output depends on later input; False for plain stacks only, which then look both ways.
    """

    arrays: tuple[LayerArray, ...]
    head_scale: float = 1.0
    causal: bool = True

    @property
    def hands_on_skip_sum(self) -> bool:
        """Whether it is one array of tanh layers whose ``h`` is its skip sum, between two 1x1 convolutions."""
        array = self.arrays[0]
        usual = LayerArray(array.channels, array.channels, array.layers)
        layers = all(layer == Layer(layer.kernel_size, layer.dilation) for layer in array.layers)
        return self == Architecture((usual,), causal=self.causal) and layers

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
        """Return what does not fit together, or None."""
        if not self.arrays or not all(array.layers for array in self.arrays):
            return "an architecture needs at least one array of at least one layer"
        before: LayerArray | None = None
        for place, array in enumerate(self.arrays):
            if problem := _problem(array, before):
                return problem if len(self.arrays) == 1 else f"array {place}: {problem}"
            before = array
        if self.arrays[-1].head.out_channels != 1:
            return f"the last head must have 1 output, not {self.arrays[-1].head.out_channels}"
        if not self.causal and not self.hands_on_skip_sum:
            return "causal=false: only a plain stack of Tanh layers may look ahead"
        return None


def _layer(tree: Mapping[str, Any]) -> Layer:
    first, second = (tree[key] and Activation(**tree[key]) for key in ("activation", "secondary_activation"))
    return Layer(**{**tree, "activation": first, "secondary_activation": second})


def _problem(array: LayerArray, before: LayerArray | None) -> str | None:
    if array.bottleneck != array.channels and (array.residual != "dense" or array.head_takes_input):
        return f"a bottleneck of {array.bottleneck} for {array.channels} channels needs residual=dense and mixin=true"
    if before is not None and before.head.out_channels != array.bottleneck:
        return f"its skip sum has {array.bottleneck} channels, the head before it {before.head.out_channels} outputs"
    if any((layer.gating == "none") != (layer.secondary_activation is None) for layer in array.layers):
        return "a secondary activation belongs to gating, and gating to a secondary activation"
    return None
