"""Reads the recordings of a search, names them as search.yaml does, and writes them for the jobs."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from nasamp.search import conflicts, search_file
from nasamp.search.plan.configs import Choice
from nasamp.search.plan.planning import Plan
from nasamp.search.plan.space import Point
from nasamp.search.plan.work import Parts
from nasamp.search.terminal import text

if TYPE_CHECKING:  # a dry run does not import NumPy
    from nasamp.audio.recording import Recording


class Prepared(NamedTuple):
    """A recording written for the jobs: the lengths of its parts, and its folder."""

    parts: Parts
    folder: Path


def read(plan: Plan) -> "Mapping[Choice, Recording]":
    """Return the recording for each choice."""
    from nasamp.audio import recording as audio  # a dry run does not import NumPy

    loaded = {data: audio.load(data) for data in dict.fromkeys(config.data for config, _ in plan.bases.values())}
    return {choice: loaded[config.data] for choice, (config, _) in plan.bases.items()}


def with_known_names(
    recordings: "Mapping[Choice, Recording]", before: search_file.Record | None
) -> "Mapping[Choice, Recording]":
    """Return the recordings under the names that search.yaml has for their audio; tables identify them by name."""
    names = {recording.name for recording in recordings.values()}
    known = {facts.get("digest"): name for name, facts in (before.recordings if before else {}).items()}
    renamed = {}
    for choice, recording in recordings.items():
        name = known.get(recording.digest, recording.name)
        renamed[choice] = recording if name in names else replace(recording, name=name)
    return renamed


def write(recording: "Recording", folder: Path) -> Prepared:
    """Write a recording for the jobs, and return where."""
    from nasamp.audio import prepared

    return Prepared(recording.facts["parts"], prepared.write(recording, folder / conflicts.PREPARED))


def facts(plan: Plan, points: list[Point], recordings: "Mapping[Choice, Recording]") -> dict[str, dict[str, Any]]:
    """Return the facts of each recording, by name; equal warnings about receptive fields (W9) are counted."""
    from nasamp.audio.pair_rules import judge_memory
    from nasamp.audio.split import length

    by_name = {recording.name: recording.facts for recording in recordings.values()}
    too_long = Counter[tuple[str, str]]()
    for point in points:
        choice = plan.choice(point)
        recording, limits = recordings[choice], plan.bases[choice][0].data.limits
        memory = judge_memory(int(point.costs["receptive_field"]), length(recording.split.validation), limits)
        if memory.verdict == "warning":
            too_long[recording.name, memory.line] += 1
    for (name, line), models in too_long.items():
        by_name[name]["warnings"].append(f"{text.count(models, 'model')}: {line}")
    return by_name
