"""The network, and files that hold one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from nasamp.architecture import Architecture, stack
from nasamp.schema.checking import Says

OURS = "nasamp.models.WaveNet"


@dataclass(frozen=True)
class Model:
    """The network."""

    _target_: Annotated[str, Says("class of the network")]
    layers: Annotated[int, Says("residual blocks", 1, 32)]
    channels: Annotated[int, Says("channels of every block", 1, 256)]
    kernel_size: Annotated[int, Says("samples that one convolution sees", 1, 65)]
    dilation_base: Annotated[int, Says("dilation of block i is dilation_base ** i", 1, 8)]
    causal: Annotated[bool, Says("whether no output depends on later input")]
    implementation: Annotated[Literal["auto", "fused", "torch"], Says("what computes a training step on a CPU")]

    @property
    def is_ours(self) -> bool:
        """Whether it is nasamp's own network, and no class of the user's."""
        return self._target_ == OURS

    @property
    def architecture(self) -> Architecture:
        """What the network is made of."""
        return stack(self.layers, self.channels, self.kernel_size, self.dilation_base, causal=self.causal)

    def problem(self) -> str | None:
        """Return what does not fit together, or None."""
        if self.implementation == "fused" and not self.causal:
            return "model.implementation=fused: computes causal networks only; use auto with model.causal=false"
        return None


@dataclass(frozen=True)
class SavedModel:
    """A trained network in a file."""

    path: Annotated[Path, Says("a job's folder, its checkpoint, a .nam or a Vox JSON")]


@dataclass(frozen=True)
class AnyModel(Model):
    """A trained network in a file, or an untrained one of a given shape."""

    path: Annotated[Path | None, Says("a job's folder, its checkpoint, a .nam or a Vox JSON")]
