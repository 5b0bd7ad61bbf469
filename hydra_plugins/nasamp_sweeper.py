"""A shim: Hydra accepts a sweeper class only from this namespace, so this folder has no __init__.py."""

from typing import Any, ClassVar

from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig


class NasampSweeper(Sweeper):
    """Hand everything to nasamp.search.sweep."""

    is_multirun: ClassVar[bool] = True  # whether -m was typed; the rim says so
    typed: ClassVar[list[str]] = []  # the arguments

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Keep what Hydra gives; launchers are made from it."""
        self._hydra: dict[str, Any] = {
            "hydra_context": hydra_context,
            "task_function": task_function,
            "config": config,
        }

    def sweep(self, arguments: list[str]) -> None:
        """Run the search that the typed overrides describe."""
        from nasamp.search.sweep import Sweep  # here, because --help and --cfg import this file too

        Sweep(self._hydra, is_multirun=self.is_multirun, typed=self.typed).run(arguments)
