"""The typed config, as dataclasses: what each key means, its type and its range.

Defaults stand in conf/ only. ``checking.check(cfg, Config)`` fills these; after it nothing reads
the config by string.
"""

from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Annotated, Any, Literal

from nasamp.checking import Says, did_you_mean
from nasamp.limits import Limits
from nasamp.quantities import OBJECTIVES


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

    def problem(self) -> str | None:
        """Return what does not fit together, or None."""
        if self.implementation == "fused" and not self.causal:
            return "model.implementation=fused: computes causal networks only; use auto with model.causal=false"
        return None


@dataclass(frozen=True)
class Data:
    """The recording and its parts."""

    name: Annotated[str | None, Says("short name in tables")]
    device: Annotated[Literal["overdrive", "screamer", "muff", "tube"] | None, Says("virtual device")]
    input: Annotated[Path | None, Says("file with the dry guitar")]
    output: Annotated[Path | None, Says("file with the amp's output")]
    channel: Annotated[Literal["left", "right"] | None, Says("which channel of a stereo file")]
    sample_rate: Annotated[int | None, Says("sample rate in Hz", 8000, 384_000)]
    resample: Annotated[int | None, Says("sample rate in Hz that both files are brought to", 8000, 384_000)]
    delay: Annotated[int, Says("samples that the output comes later than the input", -100_000_000, 100_000_000)]
    trim: Annotated[bool, Says("whether files of different length are cut to the shorter")]
    seconds: Annotated[float | None, Says("length that is used, in s", 10, 36_000)]
    normalize: Annotated[
        Literal["peak", "rms"] | None, Says("what one factor for both signals brings to a fixed level")
    ]
    repeat: Annotated[list[Any] | None, Says("[[10, 18], [95, 103]]: s at which the input plays the same twice")]
    split: Annotated[Literal["contiguous", "random"], Says("how the parts are drawn")]
    gap_seconds: Annotated[float, Says("s between the parts", 0, 10)]
    validation_share: Annotated[float, Says("share of the recording for validation", 0.01, 0.45)]
    test_share: Annotated[float, Says("share of the recording for the test", 0.01, 0.45)]
    cache: Annotated[Path | None, Says("folder for the generated audio")]
    prepared: Annotated[Path | None, Says("folder of the recording as training needs it")]
    limits: Limits

    def problem(self) -> str | None:
        """Return what does not fit together, or None."""
        if self.device and (self.input or self.output):
            return "data.input and data.output belong to data=recording; type that too"
        if not self.device and not (self.input and self.output):
            return "data.input and data.output: both files are needed, the dry guitar and the amp's output"
        if self.device and not (self.sample_rate and self.seconds):
            return "data.sample_rate and data.seconds: the built-in guitar needs both"
        if not self.device and self.resample and self.sample_rate not in (None, self.resample):
            return f"data.sample_rate={self.sample_rate} and data.resample={self.resample}: set one of them to null"
        if self.repeat is not None and not _are_equal_ranges(self.repeat):
            return f"data.repeat={self.repeat}: must be two ranges of equal length in s, such as [[10, 18], [95, 103]]"
        return None


def _are_equal_ranges(ranges: list[Any]) -> bool:
    if [isinstance(each, list) and len(each) for each in ranges] != [2, 2]:
        return False
    ends: list[float] = [end for each in ranges for end in each]
    if any(type(end) not in (int, float) for end in ends):
        return False
    lengths = (ends[1] - ends[0], ends[3] - ends[2])
    return min(ends) >= 0 and 0 < lengths[0] < inf and abs(lengths[1] - lengths[0]) < 1e-6


@dataclass(frozen=True)
class Plateau:
    """When the learning rate falls."""

    factor: Annotated[float, Says("what the learning rate is multiplied with", 1e-3, 0.999)]
    patience: Annotated[int, Says("validations without gain before it falls", 0, 1_000_000)]
    minimum_learning_rate: Annotated[float, Says("it never falls below", 0, 1)]


@dataclass(frozen=True)
class Muon:
    """The rule for the weights between channels."""

    learning_rate: Annotated[float, Says("of Muon", 1e-12, 1)]
    momentum: Annotated[float, Says("of Muon", 0, 0.999)]


@dataclass(frozen=True)
class Pace:
    """What a recipe wants of a phase: how long it trains, and how often it is measured."""

    epochs: Annotated[int | None, Says("passes over the training part", 1, 1_000_000)]
    steps: Annotated[int | None, Says("steps of the optimizer", 1, 100_000_000)]
    validate_every: Annotated[int, Says("epochs or steps between validations", 1, 100_000_000)]
    patience: Annotated[int, Says("validations without gain before training stops", 1, 1_000_000)]
    decay_share: Annotated[float, Says("share of the length in which the learning rate falls to zero", 0, 1)]


@dataclass(frozen=True)
class Recipe:
    """How a network is trained."""

    name: Annotated[str, Says("name of the recipe")]
    optimizer: Annotated[Literal["adam", "muon"], Says("rule for the weights between channels")]
    learning_rate: Annotated[float, Says("of Adam", 1e-12, 1)]
    muon: Muon
    weight_decay: Annotated[float, Says("of Adam, where it is the rule for all weights", 0, 1)]
    gradient_clip: Annotated[float | None, Says("largest norm of the gradient", 1e-9)]
    batch_size: Annotated[int, Says("segments per step", 1, 4096)]
    segment_samples: Annotated[int, Says("samples per segment that count in the loss", 64, 10_000_000)]
    segments: Annotated[Literal["in_epochs", "anywhere"], Says("where segments are cut")]
    schedule: Annotated[Literal["plateau", "warmup_stable_decay"], Says("how the learning rate changes")]
    plateau: Plateau
    warmup_steps: Annotated[int, Says("steps in which the learning rate rises", 0, 1_000_000)]
    average: Annotated[float, Says("share that the averaged weights keep in a step", 0, 0.999999)]
    smoke: Pace
    smoke_full: Pace
    quick: Pace
    rung_1: Pace
    rung_2: Pace
    full: Pace

    def problem(self) -> str | None:
        """Return what does not fit together, or None."""
        if self.optimizer == "muon" and self.weight_decay:
            return f"recipe.weight_decay={self.weight_decay}: recipe.optimizer=muon has none; set it to 0"
        return None


@dataclass(frozen=True)
class Loss:
    """What training makes small."""

    name: Annotated[str, Says("name of the loss")]
    terms: Annotated[dict[str, Any], Says("name: {_target_: function, weight: number, ...}")]

    def problem(self) -> str | None:
        """Return what does not fit together, or None."""
        for name, term in self.terms.items():
            if not isinstance(term, dict) or "_target_" not in term:
                return f"loss.terms.{name}: must be {{_target_: function, weight: number, ...}}"
            weight = term.get("weight")
            if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < inf:
                return f"loss.terms.{name}.weight={weight}: must be a number, at least 0"
        return None if self.terms else "loss.terms: must hold at least one term"


@dataclass(frozen=True)
class Trainer:
    """The device."""

    accelerator: Annotated[Literal["auto", "cpu", "cuda", "mps"], Says("device that trains")]
    precision: Annotated[Literal["32-true", "bf16-mixed"], Says("arithmetic of the training")]
    threads: Annotated[int | None, Says("threads of PyTorch in each job", 1, 1024)]


@dataclass(frozen=True)
class Length:
    """How long a phase trains: one of the two is null."""

    epochs: Annotated[int | None, Says("passes over the training part", 1, 1_000_000)]
    steps: Annotated[int | None, Says("steps of the optimizer", 1, 100_000_000)]

    def problem(self) -> str | None:
        """Return what does not fit together, or None."""
        if (self.epochs is None) == (self.steps is None):
            return f"phase.length: epochs={self.epochs} and steps={self.steps}; set one of them, and null the other"
        return None


@dataclass(frozen=True)
class Phase:
    """One stage of a search."""

    name: Annotated[str, Says("name of the phase, and of its folder")]
    length: Length
    validate_every: Annotated[int, Says("epochs or steps between validations", 1, 100_000_000)]
    patience: Annotated[int, Says("validations without gain before training stops", 1, 1_000_000)]
    decay_share: Annotated[float, Says("share of the length in which the learning rate falls to zero", 0, 1)]
    export: Annotated[bool, Says("whether model files are written")]
    benchmark: Annotated[bool, Says("whether the real-time factor is measured")]

    def problem(self) -> str | None:
        """Return what does not fit together, or None."""
        length = self.length.epochs or self.length.steps or 0
        if self.validate_every > length:
            return f"phase.validate_every={self.validate_every}: longer than phase.length, so nothing is ever validated"
        if self.length.steps and self.length.steps % self.validate_every:
            near = max(n for n in range(1, self.validate_every) if self.length.steps % n == 0)
            what = f"phase.validate_every={self.validate_every}: must divide phase.length.steps={self.length.steps}"
            return f"{what}, as {near} does"
        return None


@dataclass(frozen=True)
class Constraints:
    """Points outside are dropped before training."""

    max_latency_ms: Annotated[float | None, Says("longest receptive field in ms", 0)]
    min_parameters: Annotated[int | None, Says("fewest parameters", 0)]
    max_parameters: Annotated[int | None, Says("most parameters", 0)]
    max_macs_per_sample: Annotated[int | None, Says("most multiplications per sample", 0)]
    max_rtf: Annotated[float | None, Says("highest real-time factor, mean, in benchmark.engine", 0)]


@dataclass(frozen=True)
class Search:
    """Which models are trained, and who goes on."""

    name: Annotated[str, Says("folder under results/, and group in W&B")]
    axes: Annotated[dict[str, Any], Says("key: values")]
    phases: Annotated[list[Any], Says("[{phase: name, keep: share that goes on}, ...]")]
    constraints: Constraints
    monitor: Annotated[Literal["val/esr", "val/loss", "val/mae", "val/mrstft"], Says("what is made small")]
    select: Annotated[Literal["loss", "front"], Says("who goes on to the next phase")]
    warm_start: Annotated[bool, Says("whether a model that goes on continues its training")]
    on_change: Annotated[Literal["refuse", "new", "force"], Says("where results of other settings stand")]
    dry_run: Annotated[bool, Says("print what would be trained, and stop")]

    def problem(self) -> str | None:
        """Return what does not fit together, or None."""
        for entry in self.phases:
            if not isinstance(entry, dict) or not {"phase"} <= set(entry) <= {"phase", "keep"}:
                return f"search.phases: {entry} must be {{phase: name, keep: share that goes on}}"
            keep = entry.get("keep", 1.0)
            if isinstance(keep, bool) or not isinstance(keep, int | float) or not 0 < keep <= 1:
                return f"search.phases: keep={keep} must be more than 0 and at most 1"
        if not self.name or set(self.name) & set('/\\:*?"<>|') or self.name.strip(". ") != self.name:
            return f"search.name={self.name}: must be a plain folder name"
        return None


@dataclass(frozen=True)
class Logger:
    """Where metrics go."""

    kinds: Annotated[list[Any], Says("any of wandb, csv, tensorboard")]
    mode: Annotated[Literal["offline", "online"], Says("mode of W&B")]
    project: Annotated[str, Says("project in W&B")]
    entity: Annotated[str | None, Says("user or team in W&B")]
    tags: Annotated[list[Any], Says("words that every run carries in W&B")]

    def problem(self) -> str | None:
        """Return what does not fit together, or None."""
        known = ("wandb", "csv", "tensorboard")
        wrong = [kind for kind in self.kinds if kind not in known]
        return f"logger.kinds: {wrong[0]}{did_you_mean(str(wrong[0]), known)}" if wrong else None


@dataclass(frozen=True)
class Launcher:
    """How jobs are run."""

    n_jobs: Annotated[int | None, Says("jobs at a time; null = as many as this machine holds", 1, 1024)]


@dataclass(frozen=True)
class Export:
    """Which model files are written, and what they say about themselves."""

    onnx: Annotated[bool, Says("whether an ONNX file is written too")]
    clip_seconds: Annotated[float, Says("s of the test part that are kept to listen to", 0, 60)]
    name: Annotated[str | None, Says("shown in the plugin")]
    modeled_by: Annotated[str | None, Says("who made the capture")]
    gear_type: Annotated[
        Literal["amp", "pedal", "pedal_amp", "amp_cab", "amp_pedal_cab", "preamp", "studio"] | None,
        Says("kind of gear"),
    ]
    gear_make: Annotated[str | None, Says("maker of the gear")]
    gear_model: Annotated[str | None, Says("model of the gear")]
    tone_type: Annotated[Literal["clean", "overdrive", "crunch", "hi_gain", "fuzz"] | None, Says("kind of tone")]
    input_level_dbu: Annotated[float | None, Says("dBu at the gear's input that is 0 dBFS", -100, 100)]
    output_level_dbu: Annotated[float | None, Says("dBu at the gear's output that is 0 dBFS", -100, 100)]


@dataclass(frozen=True)
class Benchmark:
    """How the cost of a model is measured."""

    engine: Annotated[Literal["auto", "torch", "onnxruntime", "nam-wasm"], Says("what plays the model")]
    blocks: Annotated[list[Any], Says("samples per block")]
    seconds: Annotated[float, Says("s of audio for each block size", 0.05, 600)]

    def problem(self) -> str | None:
        """Return what does not fit together, or None."""
        for block in self.blocks:
            if type(block) is not int or not 1 <= block <= 65_536:
                return f"benchmark.blocks: {block} must be a whole number from 1 to 65,536"
        return None if self.blocks else "benchmark.blocks: must hold at least one size"


@dataclass(frozen=True)
class Start:
    """Where training begins."""

    path: Annotated[Path | None, Says("checkpoint that training goes on from")]
    identity: Annotated[str | None, Says("of the job that wrote it")]


@dataclass(frozen=True)
class Config:
    """All that one training job, or a search of many, needs to know."""

    model: Model
    data: Data
    recipe: Recipe
    loss: Loss
    trainer: Trainer
    callbacks: Annotated[dict[str, Any], Says("name: {_target_: class, ...}")]
    export: Export
    benchmark: Benchmark
    phase: Phase
    search: Search
    logger: Logger
    launcher: Launcher
    start: Start
    seed: Annotated[int, Says("of the initial weights and the order of the crops", 0, 2**31 - 1)]


@dataclass(frozen=True)
class SavedModel:
    """A trained network in a file."""

    path: Annotated[Path, Says("a job's folder, its checkpoint, a .nam or a Vox JSON")]


@dataclass(frozen=True)
class AnyModel(Model):
    """A trained network in a file, or an untrained one of a given shape."""

    path: Annotated[Path | None, Says("a job's folder, its checkpoint, a .nam or a Vox JSON")]


@dataclass(frozen=True)
class BenchmarkConfig:
    """All that the benchmark app needs to know."""

    model: AnyModel
    sample_rate: Annotated[int, Says("Hz of an untrained model", 8000, 384_000)]
    benchmark: Benchmark


@dataclass(frozen=True)
class RenderConfig:
    """All that the render app needs to know."""

    model: SavedModel
    input: Annotated[Path, Says("file with the dry guitar")]
    output: Annotated[Path, Says("file that is written")]
    target: Annotated[Path | None, Says("file with the amp's output, to compare with")]
    subtype: Annotated[Literal["FLOAT", "PCM_24", "PCM_16"] | None, Says("how samples are stored")]
    overwrite: Annotated[bool, Says("whether an output that is there already is replaced")]


@dataclass(frozen=True)
class ParetoExport:
    """Which model files are made of the front."""

    slimmable: Annotated[bool, Says("whether the front is written as one .nam")]


@dataclass(frozen=True)
class ParetoConfig:
    """All that the Pareto app needs to know."""

    runs: Annotated[Path, Says("folder of a search, or entity/project/search on W&B's server")]
    source: Annotated[Literal["wandb", "results", "server"], Says("where the runs are read from")]
    objectives: Annotated[list[Any], Says("columns of the tables, the quality first")]
    output: Annotated[Path | None, Says("folder for what is written")]
    export: ParetoExport
    track: Annotated[bool, Says("whether the analysis becomes a run of W&B's beside the search's offline runs")]
    upload: Annotated[bool, Says("whether the analysis and the front's model files go to W&B's server")]

    def problem(self) -> str | None:
        """Return what does not fit together, or None."""
        if self.source == "server" and len(self.runs.parts) != 3:
            return f"runs={self.runs}: source=server reads entity/project/search"
        if self.upload and self.source != "server":
            return f"upload=true: goes with source=server runs=entity/project/search, not with source={self.source}"
        wrong = [name for name in self.objectives if name not in OBJECTIVES]
        if wrong:
            return f"objectives: {wrong[0]}{did_you_mean(str(wrong[0]), OBJECTIVES)}"
        return None if len(set(self.objectives)) >= 2 else "objectives: at least two different columns are needed"


@dataclass(frozen=True)
class StatusConfig:
    """All that the status app needs to know."""

    runs: Annotated[Path, Says("folder of a search")]


@dataclass(frozen=True)
class CheckConfig:
    """All that the check app needs to know."""

    input: Annotated[Path | None, Says("file with the dry guitar")]
    output: Annotated[Path | None, Says("file with the amp's output")]
    folder: Annotated[Path, Says("folder for what is written")]
    data: Data
