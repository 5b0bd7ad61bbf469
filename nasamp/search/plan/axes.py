"""What varies in a search: keys of the config with several values each."""

from dataclasses import dataclass
from typing import Any, Literal

Role = Literal["candidate", "replica", "task"]
SHAPE = ("model.layers", "model.channels", "model.kernel_size")  # slowest first; other axes vary faster


@dataclass(frozen=True)
class Axis:
    """A key, its values, and each value as an override of Hydra.

    Candidates compete with each other, on the mean over replicas, within each task.
    """

    key: str
    values: tuple[Any, ...]
    overrides: tuple[str, ...]
    is_group: bool

    @property
    def role(self) -> Role:
        """What the axis varies: the model, only its luck, or the recording."""
        if self.key == "seed":
            return "replica"
        return "task" if self.key.partition(".")[0] == "data" else "candidate"

    @property
    def makes_bases(self) -> bool:
        """Whether each value is composed and checked by itself: an option of a group, or a recording."""
        return self.is_group or self.role == "task"
