"""The settings of a network, and of a file that holds one."""

from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from nasamp.architecture import (
    Architecture,
    LayerArray,
    TrainedActivation,
    UnsupportedError,
    activation,
    layer_array,
    plain_settings,
    stack,
)
from nasamp.architecture.nam_words import FARTHEST
from nasamp.schema.keys import Says, leaf_problem, leaves

OURS = "nasamp.models.WaveNet"
PLAIN = ("layers", "channels", "kernel_size", "dilation_base", "causal")  # arguments of a user's own class
_ARRAY_KEYS = {  # a flat key, and NAM's keys with the same meaning for one array; the first takes the same values
    "channels": ("channels",),
    "kernel_size": ("kernel_size", "kernel_sizes"),
    "dilations": ("dilations",),
    "activation": ("activation",),
    "gating": ("gating_mode", "gated"),
    "bottleneck": ("bottleneck",),
    "residual": ("layer1x1",),
    "head_kernel_size": ("head", "head_size"),
}
PLAIN_VALUES = {  # of a plain stack, for the keys that are not in PLAIN
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
SHAPE = (*PLAIN, *PLAIN_VALUES)  # all keys that the architecture depends on
_OTHER_VALUES = ("residual", "head_kernel_size")  # whose NAM keys take other values than the flat keys


@dataclass(frozen=True)
class Model:
    """The settings of a network."""

    _target_: Annotated[str, Says("class of the network")]
    name: Annotated[str | None, Says("name in tables and folders; null = layers, channels and kernel size")]
    layers: Annotated[int | None, Says("dilated convolutions in series", 1, 64)]
    channels: Annotated[int | None, Says("channels of every layer", 1, 256)]
    kernel_size: Annotated[int | None, Says("taps of each convolution", 1, 65)]
    dilation_base: Annotated[int, Says("dilation of layer i is dilation_base ** i", 1, 8)]
    dilation_cycle: Annotated[int | None, Says("layers after which the dilations repeat; null = never", 1, 64)]
    dilations: Annotated[list[Any] | None, Says("one cycle of dilations, instead of base and cycle")]
    activation: Annotated[TrainedActivation, Says("nonlinearity of each layer")]
    gating: Annotated[Literal["none", "gated"], Says("gated = multiplied by the sigmoid of a second convolution")]
    residual: Annotated[Literal["identity", "scale", "dense"], Says("how a layer's output is added to its input")]
    mixin: Annotated[bool, Says("whether each layer also receives the network's input")]
    head_kernel_size: Annotated[int, Says("taps of the last convolution", 1, 1024)]
    bottleneck: Annotated[int | None, Says("channels after the activation; null = channels", 1, 256)]
    arrays: Annotated[list[Any] | None, Says("layer arrays with the keys of a .nam; null = one array of equal layers")]
    causal: Annotated[bool, Says("whether no output depends on later input")]
    implementation: Annotated[Literal["auto", "fused", "torch"], Says("code that computes a training step on a CPU")]

    @property
    def is_ours(self) -> bool:
        """Whether the network is nasamp's own, not a user's class."""
        return self._target_ == OURS

    @cached_property
    def architecture(self) -> Architecture:
        """The layers of the network and their sizes."""
        if self.arrays is not None:
            arrays = [self._array(self.arrays, index) for index in range(len(self.arrays))]
            return Architecture(tuple(arrays), causal=self.causal)
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
        """The settings that its weights depend on: equal for the same network, however the config describes it.

        A plain stack and a user's own class have only PLAIN keys, so that their identities match older results.
        """
        stated, named = self.stated, {"_target_": self._target_}
        if not self.is_ours or len(stated) == len(PLAIN) + 1:
            return named | {key: stated[key] for key in PLAIN}
        return named | (plain_settings(self.architecture) or {"architecture": asdict(self.architecture)})

    @property
    def stated(self) -> dict[str, Any]:
        """The settings as configured: the keys of a plain stack, and those others that differ from its values."""
        others = {key: getattr(self, key) for key, plain in PLAIN_VALUES.items() if getattr(self, key) != plain}
        return {key: getattr(self, key) for key in ("_target_", *PLAIN)} | others

    @property
    def _plain_shape(self) -> tuple[int, int, int, int]:
        layers, channels, kernel_size = (
            1 if size is None else size for size in (self.layers, self.channels, self.kernel_size)
        )
        return layers, channels, kernel_size, self.dilation_base

    @property
    def without_effect(self) -> dict[str, str]:
        """The keys without effect, and what sets them instead: ``arrays`` where every array has them."""
        if self.arrays is None:
            return {}
        keys = [key for key, names in _ARRAY_KEYS.items() if all(set(names) & set(each) for each in self.arrays)]
        of = f" of model={self.name}" if self.name else ""
        reason = f"model.arrays{of} sets it for each layer array"
        return dict.fromkeys(["layers", "dilation_base", "dilation_cycle", *keys], reason)

    def problem(self) -> str | None:
        """Return why the settings contradict each other, or None."""
        if self.implementation == "fused" and not self.causal:
            return "model.implementation=fused: supports causal networks only; use auto with model.causal=false"
        if self.arrays is None:
            missing = [key for key in ("layers", "channels", "kernel_size") if getattr(self, key) is None]
            if missing:
                return f"model.{missing[0]}=null: must be a whole number where model.arrays is null"
        elif not self.arrays or not all(isinstance(array, dict) for array in self.arrays):
            return "model.arrays: must be a list of mappings, each a layer array with the keys of a .nam"
        if self.dilations is not None:
            allowed = range(1, FARTHEST + 1)
            if any(type(each) is not int or each not in allowed for each in self.dilations or [None]):
                return f"model.dilations={self.dilations}: must be a list of whole numbers from 1 to {FARTHEST:,}"
        try:
            problem = self.architecture.problem() or untrainable(self.architecture)
        except UnsupportedError as error:
            return f"model.arrays: {error}"
        return f"model: {problem}" if problem else None

    def _array(self, arrays: list[dict[str, Any]], index: int) -> LayerArray:
        """Return a layer array; the flat keys fill in the keys that it lacks."""
        given = {name: value for name, value in arrays[index].items() if value is not None}
        flat = {
            names[0]: getattr(self, key)
            for key, names in _ARRAY_KEYS.items()
            if key not in _OTHER_VALUES and getattr(self, key) is not None and not given.keys() & set(names)
        }
        if not given.keys() & set(_ARRAY_KEYS["head_kernel_size"]):
            outputs = 1 if index == len(arrays) - 1 else arrays[index + 1].get("channels")
            flat["head"] = {"out_channels": outputs, "kernel_size": self.head_kernel_size, "bias": True}
        takes_input = not self.mixin and index == 0
        return layer_array(flat | given, residual=self.residual, mixin=self.mixin, takes_input=takes_input)


def untrainable(architecture: Architecture) -> str | None:
    """Return which activation is played but not trained, and which are; None if all are trained."""
    layers = [layer for array in architecture.arrays for layer in array.layers]
    used = [each for layer in layers for each in (layer.activation, layer.secondary_activation) if each]
    found = (leaf_problem("activation", name, leaves(Model)) for name in dict.fromkeys(each.name for each in used))
    return next((problem for problem in found if problem), None)


@dataclass(frozen=True)
class SavedModel:
    """A trained network in a file."""

    path: Annotated[Path, Says("a job's folder, its checkpoint, a .nam or a Vox JSON")]


@dataclass(frozen=True)
class AnyModel(Model):
    """A trained network in a file, or an untrained one."""

    path: Annotated[Path | None, Says("a job's folder, its checkpoint, a .nam or a Vox JSON")]

    @property
    def without_effect(self) -> dict[str, str]:
        """The keys without effect, and what sets them instead: a file has a network of its own."""
        if self.path is None:
            return super().without_effect
        return dict.fromkeys([*SHAPE, "name"], f"the network is that of model={self.path}")
