"""Settings of training: recipe, loss, device, phase."""

from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Annotated, Any, Literal

from nasamp.schema.keys import OTHERS, Says


@dataclass(frozen=True)
class Plateau:
    """When the learning rate is reduced."""

    factor: Annotated[float, Says("factor by which the learning rate is multiplied", 1e-3, 0.999)]
    patience: Annotated[int, Says("validations without improvement before it is reduced", 0, 1_000_000)]
    minimum_learning_rate: Annotated[float, Says("lowest learning rate", 0, 1)]


@dataclass(frozen=True)
class Muon:
    """The optimizer of the weight matrices."""

    learning_rate: Annotated[float, Says("learning rate of Muon", 1e-12, 1)]
    momentum: Annotated[float, Says("momentum of Muon", 0, 0.999)]


@dataclass(frozen=True)
class Pace:
    """How long a phase of a recipe trains, and how often it validates."""

    epochs: Annotated[int | None, Says("passes over the training part", 1, 1_000_000)]
    steps: Annotated[int | None, Says("steps of the optimizer", 1, 100_000_000)]
    validate_every: Annotated[int, Says("epochs or steps between validations", 1, 100_000_000)]
    patience: Annotated[int, Says("validations without improvement before training stops", 1, 1_000_000)]
    decay_share: Annotated[float, Says("final share of the length, in which the learning rate falls to zero", 0, 1)]


@dataclass(frozen=True)
class Recipe:
    """How a network is trained."""

    name: Annotated[str, Says("name of the recipe")]
    optimizer: Annotated[
        Literal["adam", "muon"], Says("optimizer of the weight matrices; Adam updates all other weights")
    ]
    learning_rate: Annotated[float, Says("learning rate of Adam", 1e-12, 1)]
    muon: Muon
    weight_decay: Annotated[float, Says("weight decay of Adam, with optimizer=adam only", 0, 1)]
    gradient_clip: Annotated[float | None, Says("largest gradient norm", 1e-9)]
    zero_head: Annotated[bool, Says("whether the last convolution starts at zero, so that the first output is silence")]
    batch_size: Annotated[int, Says("segments per step", 1, 4096)]
    segment_samples: Annotated[int, Says("samples per segment in the loss", 64, 10_000_000)]
    segments: Annotated[Literal["in_epochs", "anywhere"], Says("where segments are cut")]
    schedule: Annotated[Literal["plateau", "warmup_stable_decay"], Says("how the learning rate changes")]
    plateau: Plateau
    warmup_steps: Annotated[int, Says("steps over which the learning rate rises", 0, 1_000_000)]
    average: Annotated[float, Says("decay of the weights' moving average per step", 0, 0.999999)]
    paces: Annotated[dict[str, Pace], OTHERS]  # by name; phase.pace selects one

    def problem(self) -> str | None:
        """Return why the settings contradict each other, or None."""
        if self.optimizer == "muon" and self.weight_decay:
            return f"recipe.weight_decay={self.weight_decay}: recipe.optimizer=muon does not support it; set it to 0"
        return None


LONGEST_WINDOW = 2048  # samples; the longest of the three in nasamp.losses.mrstft


@dataclass(frozen=True)
class Loss:
    """The loss that training minimizes."""

    name: Annotated[str, Says("name of the loss")]
    terms: Annotated[dict[str, Any], Says("name: {_target_: function, weight: number, ...}")]

    def problem(self) -> str | None:
        """Return why the settings contradict each other, or None."""
        for name, term in self.terms.items():
            if not isinstance(term, dict) or not isinstance(term.get("_target_"), str):
                return f"loss.terms.{name}: must be {{_target_: function, weight: number, ...}}"
            weight = term.get("weight")
            if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < inf:
                return f"loss.terms.{name}.weight={weight}: must be a number, at least 0"
        return None if self.terms else "loss.terms: must hold at least one term"

    @property
    def longest_window(self) -> int:
        """The longest STFT window of nasamp's own terms, in samples; 0 without one."""
        ours = [term for term in self.terms.values() if str(term["_target_"]).startswith("nasamp.losses.")]
        windows = [LONGEST_WINDOW for term in ours if term["_target_"] == "nasamp.losses.mrstft"]
        sizes = [size for term in ours if isinstance(found := term.get("fft_sizes"), list) for size in found]
        windows += [size for size in sizes if type(size) is int]
        return max(windows, default=0)


@dataclass(frozen=True)
class Trainer:
    """The device, its precision and threads."""

    accelerator: Annotated[Literal["auto", "cpu", "cuda", "mps"], Says("device to train on")]
    precision: Annotated[Literal["32-true", "bf16-mixed"], Says("floating-point precision of training")]
    threads: Annotated[int, Says("threads of PyTorch in each job", 1, 1024)]


@dataclass(frozen=True)
class Length:
    """How long a phase trains; exactly one of the two is set."""

    epochs: Annotated[int | None, Says("passes over the training part", 1, 1_000_000)]
    steps: Annotated[int | None, Says("steps of the optimizer", 1, 100_000_000)]

    def problem(self) -> str | None:
        """Return why the settings contradict each other, or None."""
        if (self.epochs is None) == (self.steps is None):
            return f"phase.length: epochs={self.epochs} and steps={self.steps}; set one and leave the other null"
        return None


@dataclass(frozen=True)
class Phase:
    """One stage of a search."""

    name: Annotated[str, Says("name of the phase, and of its folder")]
    pace: Annotated[str, Says("which of the recipe's paces to use")]
    length: Length
    validate_every: Annotated[int, Says("epochs or steps between validations", 1, 100_000_000)]
    patience: Annotated[int, Says("validations without improvement before training stops", 1, 1_000_000)]
    decay_share: Annotated[float, Says("final share of the length, in which the learning rate falls to zero", 0, 1)]
    export: Annotated[bool, Says("whether model files are written")]
    benchmark: Annotated[bool, Says("whether the real-time factor is measured")]

    @property
    def interval(self) -> int:
        """Epochs or steps between validations, at most the length of the phase."""
        return min(self.validate_every, self.length.epochs or self.length.steps or 1)

    @property
    def last_stable_step(self) -> int:
        """The last validation step before the learning rate decays; 0 without a decay or such a step."""
        steps = self.length.steps
        if not steps or not self.decay_share:
            return 0
        return (steps - round(steps * self.decay_share)) // self.interval * self.interval

    def problem(self) -> str | None:
        """Return why the settings contradict each other, or None."""
        if self.length.steps and self.length.steps % self.interval:
            near = max(n for n in range(1, self.validate_every) if self.length.steps % n == 0)
            what = f"phase.validate_every={self.validate_every}: must divide phase.length.steps={self.length.steps}"
            return f"{what}, as {near} does"
        return None


@dataclass(frozen=True)
class Start:
    """Where training begins."""

    path: Annotated[Path | None, Says("a .nam to start from, or the checkpoint of a job to continue")]
    identity: Annotated[str | None, Says("digest of the .nam, or identity of the job")]

    @property
    def nam(self) -> Path | None:
        """The .nam whose weights the training starts with."""
        return self.path if self.path and is_nam(self.path) else None

    @property
    def checkpoint(self) -> Path | None:
        """The checkpoint from which the training continues, with the state of its optimizer."""
        return None if self.nam else self.path


def is_nam(path: Path) -> bool:
    """Return whether a file is a .nam, by its name."""
    return path.suffix.lower() == ".nam"
