"""The recordings of a search: read, named as its folder knows them, written as its jobs map them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from nasamp.search import search_file, standing
from nasamp.search.plan.configs import Choice
from nasamp.search.plan.planning import Plan
from nasamp.search.plan.space import Point
from nasamp.search.plan.work import Parts
from nasamp.search.terminal import text

if TYPE_CHECKING:  # a dry run does without NumPy
    from nasamp.audio.recording import Recording


class Prepared(NamedTuple):
    """What jobs depend on of a recording: how long its parts are, and where they find it."""

    parts: Parts
    folder: Path


def read(plan: Plan) -> "Mapping[Choice, Recording]":
    """Return the recording for each choice."""
    from nasamp.audio import recording as audio  # a dry run does without NumPy

    loaded = {data: audio.load(data) for data in dict.fromkeys(config.data for config, _ in plan.bases.values())}
    return {choice: loaded[config.data] for choice, (config, _) in plan.bases.items()}


def as_known(
    recordings: "Mapping[Choice, Recording]", before: search_file.Record | None
) -> "Mapping[Choice, Recording]":
    """Return the recordings under the names that the folder knows them by: tables tell them apart by their names."""
    names = {recording.name for recording in recordings.values()}
    known = {facts.get("digest"): name for name, facts in (before.recordings if before else {}).items()}
    found = {}
    for choice, recording in recordings.items():
        name = known.get(recording.digest, recording.name)
        found[choice] = recording if name in names else replace(recording, name=name)
    return found


def write(recording: "Recording", folder: Path) -> Prepared:
    """Write a recording for the jobs, and return what they depend on."""
    from nasamp.audio import prepared

    return Prepared(recording.facts["parts"], prepared.write(recording, folder / standing.PREPARED))


def facts(plan: Plan, going: list[Point], recordings: "Mapping[Choice, Recording]") -> dict[str, dict[str, Any]]:
    """Return what is known of each recording, by name; W9 once for all models with the same receptive field."""
    from nasamp.audio.pair_rules import judge_memory
    from nasamp.audio.split import length

    found = {recording.name: recording.facts for recording in recordings.values()}
    long = Counter[tuple[str, str]]()
    for point in going:
        choice, config = plan.choice(point), plan.bases[plan.choice(point)][0]
        recording = recordings[choice]
        samples = config.recipe.segment_samples, length(recording.split.validation)
        memory = judge_memory(int(point.costs["receptive_field"]), *samples, config.data.limits)
        if memory.verdict == "warning":
            long[recording.name, memory.line] += 1
    for (name, line), models in long.items():
        found[name]["warnings"].append(f"{text.count(models, 'model')}: {line}")
    return found
