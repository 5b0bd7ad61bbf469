"""Which models are trained, where, and what is kept of it."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from nasamp.schema.checking import Says, did_you_mean

Measure = Literal["macs", "measured"]  # of a model's cost


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
    phases: Annotated[list[Any], Says("[{phase: name, keep: share that goes on, at_least: models}, ...]")]
    constraints: Constraints
    monitor: Annotated[Literal["val/esr", "val/loss", "val/mae", "val/mrstft"], Says("what is made small")]
    cost: Annotated[Measure, Says("what a model's cost is, wherever models are compared by it")]
    select: Annotated[Literal["loss", "front"], Says("who goes on to the next phase")]
    warm_start: Annotated[bool, Says("whether a model that goes on continues its training")]
    on_change: Annotated[
        Literal["refuse", "new", "force"], Says("where results of another recording or of other settings stand")
    ]
    dry_run: Annotated[bool, Says("print what would be trained, and stop")]

    def problem(self) -> str | None:
        """Return what does not fit together, or None."""
        for entry in self.phases:
            if not isinstance(entry, dict) or not {"phase"} <= set(entry) <= {"phase", "keep", "at_least"}:
                return f"search.phases: {entry} must be {{phase: name, keep: share that goes on, at_least: models}}"
            keep, least = entry.get("keep", 1.0), entry.get("at_least", 1)
            if isinstance(keep, bool) or not isinstance(keep, int | float) or not 0 < keep <= 1:
                return f"search.phases: keep={keep} must be more than 0 and at most 1"
            if isinstance(least, bool) or not isinstance(least, int) or least < 1:
                return f"search.phases: at_least={least} must be a whole number from 1"
        if not self.name or set(self.name) & set('/\\:*?"<>|') or self.name.strip(". ") != self.name:
            return f"search.name={self.name}: must be a plain folder name"
        return None


@dataclass(frozen=True)
class Logger:
    """Where metrics go."""

    kinds: Annotated[list[Any], Says("any of wandb, csv, tensorboard")]
    mode: Annotated[Literal["offline", "online", "disabled"], Says("mode of W&B; disabled = no runs of W&B")]
    project: Annotated[str, Says("project in W&B")]
    entity: Annotated[str | None, Says("user or team in W&B")]
    tags: Annotated[list[Any], Says("words that every run carries in W&B")]

    @property
    def uses_wandb(self) -> bool:
        """Whether a job is a run of W&B."""
        return "wandb" in self.kinds and self.mode != "disabled"

    def problem(self) -> str | None:
        """Return what does not fit together, or None."""
        known = ("wandb", "csv", "tensorboard")
        wrong = [kind for kind in self.kinds if kind not in known]
        return f"logger.kinds: {wrong[0]}{did_you_mean(str(wrong[0]), known)}" if wrong else None


@dataclass(frozen=True)
class Launcher:
    """How jobs are run."""

    n_jobs: Annotated[int | None, Says("jobs at a time; null = as many as this machine holds", 1, 1024)]
