"""Settings of a search, its logging and its launcher."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from nasamp.schema.keys import Says, did_you_mean

Measure = Literal["macs", "measured", "nam"]  # of a model's cost


@dataclass(frozen=True)
class Constraints:
    """Limits; points that exceed one are dropped before training."""

    max_latency_ms: Annotated[float | None, Says("longest receptive field in ms", 0)]
    min_parameters: Annotated[int | None, Says("fewest parameters", 0)]
    max_parameters: Annotated[int | None, Says("most parameters", 0)]
    max_macs_per_sample: Annotated[int | None, Says("most multiplications per sample", 0)]
    max_rtf: Annotated[float | None, Says("highest real-time factor, mean, in benchmark.engine", 0)]


@dataclass(frozen=True)
class Search:
    """Which models are trained, and which advance to the next phase."""

    name: Annotated[str, Says("folder under results/, and group in W&B")]
    axes: Annotated[dict[str, Any], Says("key: values")]
    phases: Annotated[list[Any], Says("[{phase: name, keep: share that advances, at_least: models}, ...]")]
    constraints: Constraints
    monitor: Annotated[Literal["val/esr", "val/loss", "val/mae", "val/mrstft"], Says("metric to minimize")]
    cost: Annotated[Measure, Says("what a model's cost is, wherever models are compared by it")]
    select: Annotated[Literal["loss", "front"], Says("how models are chosen for the next phase")]
    warm_start: Annotated[bool, Says("whether the next phase continues a model's training")]
    on_change: Annotated[
        Literal["refuse", "new", "force"],
        Says("what to do in a folder with results of another recording or other settings"),
    ]
    dry_run: Annotated[bool, Says("print what would be trained, and stop")]

    def problem(self) -> str | None:
        """Return why the settings contradict each other, or None."""
        for entry in self.phases:
            if not isinstance(entry, dict) or not {"phase"} <= set(entry) <= {"phase", "keep", "at_least"}:
                return f"search.phases: {entry} must be {{phase: name, keep: share that advances, at_least: models}}"
            keep, least = entry.get("keep", 1.0), entry.get("at_least", 1)
            if isinstance(keep, bool) or not isinstance(keep, int | float) or not 0 < keep <= 1:
                return f"search.phases: keep={keep} must be more than 0 and at most 1"
            if isinstance(least, bool) or not isinstance(least, int) or least < 1:
                return f"search.phases: at_least={least} must be a whole number, at least 1"
        if not self.name or set(self.name) & set('/\\:*?"<>|') or self.name.strip(". ") != self.name:
            return f"search.name={self.name}: must be a plain folder name"
        return None


@dataclass(frozen=True)
class Logger:
    """Where metrics are logged."""

    kinds: Annotated[list[Any], Says("any of wandb, csv, tensorboard")]
    mode: Annotated[Literal["offline", "online", "disabled"], Says("mode of W&B; disabled = no W&B runs")]
    project: Annotated[str, Says("project in W&B")]
    entity: Annotated[str | None, Says("user or team in W&B")]
    tags: Annotated[list[Any], Says("tags of every run in W&B")]

    @property
    def uses_wandb(self) -> bool:
        """Whether each job is logged as a W&B run."""
        return "wandb" in self.kinds and self.mode != "disabled"

    def problem(self) -> str | None:
        """Return why the settings contradict each other, or None."""
        known = ("wandb", "csv", "tensorboard")
        wrong = [kind for kind in self.kinds if kind not in known]
        return f"logger.kinds: {wrong[0]}{did_you_mean(str(wrong[0]), known)}" if wrong else None


@dataclass(frozen=True)
class Launcher:
    """How jobs are run."""

    n_jobs: Annotated[int | None, Says("jobs at a time; null = as many as fit this machine", 1, 1024)]
