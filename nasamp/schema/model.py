"""The network, and files that hold one."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from nasamp.architecture import (
    Architecture,
    LayerArray,
    UnsupportedError,
    activation,
    layer_array,
    plain_settings,
    stack,
)
from nasamp.schema.checking import Says

OURS = "nasamp.models.WaveNet"
PLAIN = ("layers", "channels", "kernel_size", "dilation_base", "causal")  # what a class of the user's own gets
_SAID_IN_ARRAYS = {  # a flat key, and NAM's words that say the same of one array, the first as the flat key does
    "channels": ("channels",),
    "kernel_size": ("kernel_size", "kernel_sizes"),
    "dilations": ("dilations",),
    "activation": ("activation",),
    "gating": ("gating_mode", "gated"),
    "bottleneck": ("bottleneck",),
    "residual": ("layer1x1",),
    "head_kernel_size": ("head", "head_size"),
}
_PLAIN_VALUES = {  # of the keys that are not PLAIN
    "dilation_cycle": None,
    "dilations": None,
    "activation": "Tanh",
    "gating": "none",
    "residual": "identity",
    "mixin": False,
    "head_kernel_size": 1,
    "bottleneck": None,
    "arrays": None,
}
SHAPE = (*PLAIN, *_PLAIN_VALUES)  # all keys that the architecture depends on
_OTHER_WORDS = ("residual", "head_kernel_size")  # NAM's word holds more than the flat key
_FARTHEST = 2**24  # samples of a dilation


@dataclass(frozen=True)
class Model:
    """The network."""

    _target_: Annotated[str, Says("class of the network")]
    name: Annotated[str | None, Says("name in tables and folders; null = layers, channels and kernel size")]
    layers: Annotated[int | None, Says("dilated convolutions, one behind the other", 1, 64)]
    channels: Annotated[int | None, Says("channels of every layer", 1, 256)]
    kernel_size: Annotated[int | None, Says("samples that one convolution sees", 1, 65)]
    dilation_base: Annotated[int, Says("dilation of layer i is dilation_base ** i", 1, 8)]
    dilation_cycle: Annotated[int | None, Says("layers after which the dilations begin again; null = never", 1, 64)]
    dilations: Annotated[list[Any] | None, Says("one cycle of dilations, in place of base and cycle")]
    activation: Annotated[
        Literal["Tanh", "Hardtanh", "ReLU", "LeakyReLU", "Sigmoid", "SiLU", "Hardswish", "Softsign"],
        Says("what each layer does to its sum"),
    ]
    gating: Annotated[Literal["none", "gated"], Says("gated = times the sigmoid of a second convolution")]
    residual: Annotated[Literal["identity", "scale", "dense"], Says("what a layer adds to its input")]
    mixin: Annotated[bool, Says("whether each layer takes the network's input too")]
    head_kernel_size: Annotated[int, Says("samples that the last convolution sees", 1, 1024)]
    bottleneck: Annotated[int | None, Says("channels of the activations; null = channels", 1, 256)]
    arrays: Annotated[list[Any] | None, Says("layer arrays in the words of a .nam; null = one array of equal layers")]
    causal: Annotated[bool, Says("whether no output depends on later input")]
    implementation: Annotated[Literal["auto", "fused", "torch"], Says("what computes a training step on a CPU")]

    @property
    def is_ours(self) -> bool:
        """Whether it is nasamp's own network, and no class of the user's."""
        return self._target_ == OURS

    @property
    def architecture(self) -> Architecture:
        """What the network is made of."""
        if self.arrays is not None:
            made = [self._array(self.arrays, place) for place in range(len(self.arrays))]
            return Architecture(tuple(made), causal=self.causal)
        return stack(
            *self._plain_shape,
            causal=self.causal,
            dilation_cycle=self.dilation_cycle,
            dilations=self.dilations,
            activation=activation(self.activation),
            gating=self.gating,
            residual=self.residual,
            mixin=self.mixin,
            head_kernel_size=self.head_kernel_size,
            bottleneck=self.bottleneck,
        )

    @property
    def settings(self) -> dict[str, Any]:
        """What its weights depend on: equal for the same network, however it is said.

        A plain stack, and a class of the user's own, have the keys that they had before there were others.
        """
        named = {"_target_": self._target_}
        plain = stack(*self._plain_shape, causal=self.causal)
        if not self.is_ours or (self.arrays is None and self.architecture == plain):
            return named | {key: getattr(self, key) for key in PLAIN}
        return named | (plain_settings(self.architecture) or {"architecture": asdict(self.architecture)})

    @property
    def stated(self) -> dict[str, Any]:
        """What the config says of it: the keys of a plain stack, and of the others those that make another network."""
        others = {key: getattr(self, key) for key, plain in _PLAIN_VALUES.items() if getattr(self, key) != plain}
        return {key: getattr(self, key) for key in ("_target_", *PLAIN)} | others

    @property
    def _plain_shape(self) -> tuple[int, int, int, int]:
        layers, channels, kernel_size = (
            1 if size is None else size for size in (self.layers, self.channels, self.kernel_size)
        )
        return layers, channels, kernel_size, self.dilation_base

    @property
    def said_in_arrays(self) -> set[str]:
        """The keys that have no effect, since ``arrays`` says the same of each array."""
        if self.arrays is None:
            return set()
        found = {key for key, words in _SAID_IN_ARRAYS.items() if all(set(words) & set(each) for each in self.arrays)}
        return {"layers", "dilation_base", "dilation_cycle", *found}

    def problem(self) -> str | None:
        """Return what does not fit together, or None."""
        if self.implementation == "fused" and not self.causal:
            return "model.implementation=fused: computes causal networks only; use auto with model.causal=false"
        if self.arrays is None:
            missing = [key for key in ("layers", "channels", "kernel_size") if getattr(self, key) is None]
            if missing:
                return f"model.{missing[0]}=null: must be a whole number where model.arrays is null"
        elif not self.arrays or not all(isinstance(words, dict) for words in self.arrays):
            return "model.arrays: must be a list of mappings, each a layer array in the words of a .nam"
        if self.dilations is not None:
            wrong = [each for each in self.dilations or [None] if type(each) is not int or not 1 <= each <= _FARTHEST]
            if wrong:
                return f"model.dilations={self.dilations}: must be a list of whole numbers from 1 to {_FARTHEST:,}"
        try:
            problem = self.architecture.problem()
        except UnsupportedError as error:
            return f"model.arrays: {error}"
        return f"model: {problem}" if problem else None

    def _array(self, arrays: list[dict[str, Any]], place: int) -> LayerArray:
        """Return a layer array; what its words leave out comes from the flat keys."""
        given = {word: value for word, value in arrays[place].items() if value is not None}
        flat = {
            words[0]: getattr(self, key)
            for key, words in _SAID_IN_ARRAYS.items()
            if key not in _OTHER_WORDS and getattr(self, key) is not None and not given.keys() & set(words)
        }
        if not given.keys() & set(_SAID_IN_ARRAYS["head_kernel_size"]):
            outputs = 1 if place == len(arrays) - 1 else arrays[place + 1].get("channels")
            flat["head"] = {"out_channels": outputs, "kernel_size": self.head_kernel_size, "bias": True}
        takes_input = not self.mixin and place == 0
        return layer_array(flat | given, residual=self.residual, mixin=self.mixin, takes_input=takes_input)


@dataclass(frozen=True)
class SavedModel:
    """A trained network in a file."""

    path: Annotated[Path, Says("a job's folder, its checkpoint, a .nam or a Vox JSON")]


@dataclass(frozen=True)
class AnyModel(Model):
    """A trained network in a file, or an untrained one of a given shape."""

    path: Annotated[Path | None, Says("a job's folder, its checkpoint, a .nam or a Vox JSON")]
