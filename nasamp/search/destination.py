"""Chooses the folder that a search writes to, by ``search.on_change``."""

import itertools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from nasamp.errors import ConfigError
from nasamp.search import conflicts, search_file
from nasamp.search.conflicts import Conflicts, Intent
from nasamp.search.plan import space
from nasamp.search.plan.configs import Choice
from nasamp.search.plan.identities import Identities
from nasamp.search.plan.planning import Plan

if TYPE_CHECKING:
    from nasamp.audio.recording import Recording


def names(plan: Plan, before: search_file.Record | None) -> dict[str, tuple[int, str]]:
    """Return the id and the name of each point, by its label; points that search.yaml has keep theirs."""
    ids = search_file.numbered([point.label for point in plan.points], before)
    return {
        point.label: (id_, space.name(point, id_ if plan.is_multirun else None))
        for point, id_ in zip(plan.points, ids, strict=True)
    }


def choose(
    plan: Plan,
    renamed: Callable[[str], Plan],
    recordings: "Mapping[Choice, Recording]",
    identities: Identities,
    command: str,
) -> tuple[Plan, Conflicts]:
    """Return the plan with its folder, and what in that folder conflicts with it.

    Args:
        renamed: returns the same plan under another ``search.name``, for ``search.on_change=new``.

    Raises:
        ConfigError: the folder has results of other recordings or settings, and ``search.on_change`` is ``refuse``.
    """
    name, on_change = plan.config.search.name, plan.config.search.on_change
    for number in itertools.count(2):
        before = search_file.read(plan.folder)
        intent = _intent(plan, before, recordings, identities)
        found = conflicts.find(plan.folder, before, intent)
        if not found.has_results or on_change == "force":
            return plan, found
        if on_change == "refuse":
            raise ConfigError(conflicts.message(plan.folder, found, intent, command))
        folder, plan = plan.folder, renamed(f"{name}-{number}")
        if plan.folder == folder:
            raise ConfigError(f"search.on_change=new: hydra.sweep.dir={folder} is the same for every search.name")
    raise AssertionError


def _intent(
    plan: Plan,
    before: search_file.Record | None,
    recordings: "Mapping[Choice, Recording]",
    identities: Identities,
) -> Intent:
    known = names(plan, before)
    points = {known[point.label][1]: point for point in plan.points}
    numbers = {phase["phase"]: number for number, phase in enumerate(plan.phases)}

    def identity(phase: str, name: str) -> str | None:
        return identities.of(points[name], numbers[phase]) if phase in numbers and name in points else None

    return Intent(
        settings=plan.settings,
        recordings={recording.name: recording.facts for recording in recordings.values()},
        is_axis=any(axis.role == "task" for axis in plan.typed.axes),
        identity=identity,
    )
