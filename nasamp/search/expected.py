"""Predicts the jobs of each phase of a search from its folder."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from nasamp.cost import measure
from nasamp.search.jobs import ledger
from nasamp.search.phases import going_on
from nasamp.search.plan.work import PER_SAMPLE
from nasamp.search.search_file import Record


class Entrant(NamedTuple):
    """A point of search.yaml.

    ``work`` is MACs by phase, see ``work.planned``; ``macs`` is MACs per sample; ``cost`` is by the search's measure.
    """

    name: str
    task: tuple[Any, ...]
    candidate: str
    work: dict[str, float]
    macs: float
    cost: float


@dataclass(frozen=True)
class Expected:
    """The jobs of a phase.

    Attributes:
        entrants: of the last command; where they are not decided yet, the most expensive models, which tend to win.
        earlier: names of jobs from an earlier command with another grid.
    """

    entrants: tuple[Entrant, ...]
    earlier: frozenset[str]

    @property
    def jobs(self) -> int:
        """The number of jobs."""
        return len(self.entrants) + len(self.earlier)


def of(folder: Path, search: Record, started: Mapping[str, Sequence[str]] | None = None) -> dict[str, Expected]:
    """Return the jobs of each phase: failed jobs do not advance, jobs with a folder have advanced.

    Args:
        started: names by phase, for phases whose jobs are known.
    """
    advancing, phases = _entrants(search), {}
    earlier = {point["name"] for point in search.points if point.get("is_earlier")}
    existing = {phase["phase"]: set(folders(folder / phase["phase"])) for phase in search.phases}
    for number, phase in enumerate(search.phases):
        name = phase["phase"]
        phases[name] = Expected(tuple(advancing), frozenset(existing[name] & earlier))
        if number + 1 < len(search.phases):
            alive = [each for each in advancing if not (folder / name / each.name / ledger.ERROR).exists()]
            later = search.phases[number + 1]["phase"]
            chosen = existing[later] | set((started or {}).get(later, ()))
            advancing = going_on(alive, phase, lambda groups, chosen=chosen: _ranked(groups, chosen))  # type: ignore[misc]
    return phases


def _ranked(groups: Sequence[Sequence[Entrant]], chosen: AbstractSet[str]) -> list[int]:
    """Return the order of candidates: chosen ones first, then the most expensive."""

    def place(i: int) -> tuple[bool, float]:
        return not any(each.name in chosen for each in groups[i]), -groups[i][0].cost

    return sorted(range(len(groups)), key=place)


def _entrants(search: Record) -> list[Entrant]:
    return [
        Entrant(
            point.get("name", point["label"]),
            tuple(point.get("task", ())),
            point.get("candidate") or point["label"],
            point.get("work", {}),
            max(1.0, float(point.get(PER_SAMPLE, 1))),
            float(point.get(measure.COLUMN[search.cost], 0)),
        )
        for point in search.points
        if not point["dropped_because"] and not point.get("is_earlier")
    ]


def folders(phase: Path) -> dict[str, Path]:
    """Return the jobs' folders in the folder of a phase, by name."""
    return {path.name: path for path in phase.glob("*") if path.is_dir()}
