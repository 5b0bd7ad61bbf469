"""All that each app needs to know."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from nasamp.quantities import objective
from nasamp.schema.checking import Says
from nasamp.schema.data import Data
from nasamp.schema.model import AnyModel, Model, SavedModel
from nasamp.schema.product import Benchmark, Export
from nasamp.schema.search import Launcher, Logger, Search
from nasamp.schema.training import Loss, Phase, Recipe, Start, Trainer


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

    def problem(self) -> str | None:
        """Return what does not fit together, or None."""
        for name, callback in self.callbacks.items():
            if not isinstance(callback, dict) or not isinstance(callback.get("_target_"), str):
                return f"callbacks.{name}={callback}: must be {{_target_: class, ...}}; ~callbacks.{name} drops one"
        segment, window = self.recipe.segment_samples, self.loss.longest_window
        if window and segment < window // 2 + 2:  # half of one is mirrored at each end; pre-emphasis takes one more
            what = f"recipe.segment_samples={segment}: too short for loss={self.loss.name}"
            return f"{what}, which looks at {window:,} samples at once; set recipe.segment_samples={2 * window}"
        return None


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
class Objectives:
    """What the front is a trade-off of."""

    columns: Annotated[
        list[Any] | None, Says("columns of the tables, the quality first; COLUMN:higher where that is better")
    ]

    def problem(self) -> str | None:
        """Return what does not fit together, or None."""
        if self.columns is None:
            return None
        found = set()
        for said in self.columns:
            if not isinstance(said, str):
                return f"objectives: {said} must be a column, such as val_esr_db"
            try:
                found.add(objective(said)[0])
            except ValueError as error:
                return f"objectives: {error}"
        return None if len(found) >= 2 else "objectives: at least two different columns are needed"


@dataclass(frozen=True)
class ParetoConfig:
    """All that the Pareto app needs to know."""

    runs: Annotated[Path, Says("folder of a search, or entity/project/search on W&B's server")]
    source: Annotated[Literal["wandb", "results", "server"], Says("where the runs are read from")]
    objectives: Objectives
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
        return None


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
    verbose: Annotated[bool, Says("whether checks that are fine are printed too")]
    data: Data
