"""The config of each app."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from nasamp.quantities import objective
from nasamp.schema.data import Data
from nasamp.schema.keys import Says
from nasamp.schema.model import AnyModel, Model, SavedModel
from nasamp.schema.product import Benchmark, Export
from nasamp.schema.search import Launcher, Logger, Search
from nasamp.schema.training import Loss, Phase, Recipe, Start, Trainer


@dataclass(frozen=True)
class Config:
    """The config of a training job or a search."""

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
        """Return why the settings contradict each other, or None."""
        for name, callback in self.callbacks.items():
            if not isinstance(callback, dict) or not isinstance(callback.get("_target_"), str):
                return f"callbacks.{name}={callback}: must be {{_target_: class, ...}}; ~callbacks.{name} removes it"
        segment, window = self.recipe.segment_samples, self.loss.longest_window
        if window and segment < window // 2 + 2:  # half a window is mirrored at each end; pre-emphasis takes one more
            what = f"recipe.segment_samples={segment}: too short for loss={self.loss.name}"
            return f"{what}, whose longest window is {window:,} samples; set recipe.segment_samples={2 * window}"
        return None


@dataclass(frozen=True)
class BenchmarkConfig:
    """The config of the benchmark app."""

    model: AnyModel
    sample_rate: Annotated[int, Says("Hz of an untrained model", 8000, 384_000)]
    benchmark: Benchmark


@dataclass(frozen=True)
class RenderConfig:
    """The config of the render app."""

    model: SavedModel
    input: Annotated[Path, Says("file with the dry guitar")]
    output: Annotated[Path, Says("file to write")]
    target: Annotated[Path | None, Says("file with the amp's output to compare with")]
    subtype: Annotated[Literal["FLOAT", "PCM_24", "PCM_16"] | None, Says("sample format of the output file")]
    overwrite: Annotated[bool, Says("whether an existing output is replaced")]


@dataclass(frozen=True)
class ParetoExport:
    """Which model files are written for the front."""

    slimmable: Annotated[bool, Says("whether the front is written as one .nam")]


@dataclass(frozen=True)
class Objectives:
    """The objectives that the Pareto front trades off."""

    columns: Annotated[
        list[Any] | None, Says("columns of the tables, quality first; COLUMN:higher if higher is better")
    ]

    def problem(self) -> str | None:
        """Return why the settings contradict each other, or None."""
        columns = set()
        for entry in self.columns or ():
            if not isinstance(entry, str):
                return f"objectives: {entry} must be a column, such as val_esr_db"
            try:
                columns.add(objective(entry)[0])
            except ValueError as error:
                return f"objectives: {error}"
        is_enough = self.columns is None or len(columns) >= 2
        return None if is_enough else "objectives: at least two different columns are needed"


@dataclass(frozen=True)
class ParetoConfig:
    """The config of the Pareto app."""

    runs: Annotated[Path, Says("folder of a search, or entity/project/search on W&B's server")]
    source: Annotated[Literal["wandb", "results", "server"], Says("where runs are read from")]
    objectives: Objectives
    output: Annotated[Path | None, Says("folder to write to")]
    export: ParetoExport
    track: Annotated[bool, Says("whether the analysis is logged as a W&B run beside the search's offline runs")]
    upload: Annotated[bool, Says("whether the analysis and the front's model files are uploaded to W&B")]

    def problem(self) -> str | None:
        """Return why the settings contradict each other, or None."""
        if self.source == "server" and len(self.runs.parts) != 3:
            return f"runs={self.runs}: source=server reads entity/project/search"
        if self.upload and self.source != "server":
            return f"upload=true: needs source=server runs=entity/project/search, but source={self.source}"
        return None


@dataclass(frozen=True)
class StatusConfig:
    """The config of the status app."""

    runs: Annotated[Path, Says("folder of a search")]


@dataclass(frozen=True)
class CheckConfig:
    """The config of the check app."""

    input: Annotated[Path | None, Says("file with the dry guitar")]
    output: Annotated[Path | None, Says("file with the amp's output")]
    folder: Annotated[Path, Says("folder to write to")]
    verbose: Annotated[bool, Says("whether passed checks are printed too")]
    data: Data
