"""The axes of a search: config keys with several values each."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

Role = Literal["candidate", "replica", "task"]
SHAPE = ("model.layers", "model.channels", "model.kernel_size")  # outermost first; other axes vary inside them


@dataclass(frozen=True)
class Axis:
    """A config key, its values, and each value as a Hydra override.

    Candidates compete within each task, on their mean over replicas.
    """

    key: str
    values: tuple[Any, ...]
    overrides: tuple[str, ...]
    is_group: bool

    @cached_property
    def role(self) -> Role:
        """What the axis varies: the model (candidate), the seed (replica) or the recording (task)."""
        if self.key == "seed":
            return "replica"
        return "task" if self.key.partition(".")[0] == "data" else "candidate"

    @cached_property
    def needs_composing(self) -> bool:
        """Whether each value needs a config of its own, composed by Hydra: options of a group, and recordings."""
        return self.is_group or self.role == "task"
