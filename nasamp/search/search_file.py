"""search.yaml: the description of a search in its folder, read by its report, its status and when it is resumed."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from nasamp.atomic import write_text
from nasamp.cost import measure
from nasamp.errors import ConfigError
from nasamp.schema.search import Measure
from nasamp.search import shapes

if TYPE_CHECKING:
    from nasamp.audio.recording import Recording

FILE = "search.yaml"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C loader, if PyYAML has it, is eight times as fast
_PACKAGES = ("nasamp", "torch", "pytorch-lightning", "hydra-core", "wandb", "numpy")
_NUMBER = int | float
_FACTS: dict[str, shapes.Shape] = {"seconds": _NUMBER, "sample_rate": int, "delay_samples": int, "scale": _NUMBER}
_FACTS |= {"repeat_esr": _NUMBER | None, "notes": [str], "warnings": [str]}
_SHAPE: shapes.Shape = {
    "name!": str,
    "uid": str,
    "axes": {str: object},
    "cost": str,
    "constraints": {str: object},
    "phases!": [{"phase!": str, "keep": _NUMBER, "at_least": int}],
    "points!": [
        {"id!": int, "label!": str, "name": str, "candidate": str | None, "dropped_because": str}
        | {"task": [str], "work": {str: _NUMBER}, "is_earlier": bool}
        | dict.fromkeys(measure.COLUMN.values(), _NUMBER)
    ],
    "settings": {str: {str: object}},
    "recordings": {str: _FACTS},
    "references": {str: {str: {"val_esr!": _NUMBER, "test_esr!": _NUMBER}}},
    "at_a_time": int,
    "command": str,
    "versions": {str: str},
}


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    def ignore_aliases(self, data: Any) -> bool:
        return True


@dataclass(frozen=True)
class Record:
    """The content of search.yaml.

    Attributes:
        uid: drawn at random once; W&B's run ids derive from it.
        points: id, name, label (the name without id), candidate (the label without recording and seed), task (the
            values of the axes that are recordings), macs_per_sample, the column of the cost, dropped_because, and work
            (by phase, see ``work.planned``) of all points so far; is_earlier where the last command's grid does not
            have it.
        at_a_time: how many jobs run side by side.
        phases: of the last command, [{phase, keep, at_least}].
        settings: by phase, all that a job's result depends on except the axes.
        recordings: name: ``Recording.facts``, its warnings followed by those about the models' memories.
        references: name of a recording: its reference models, see ``nasamp.audio.references``.
    """

    name: str
    uid: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    axes: dict[str, list[Any]] = field(default_factory=dict)
    cost: Measure = measure.EARLIEST
    constraints: dict[str, Any] = field(default_factory=dict)
    phases: list[dict[str, Any]] = field(default_factory=list)
    points: list[dict[str, Any]] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    recordings: dict[str, dict[str, Any]] = field(default_factory=dict)
    references: dict[str, Any] = field(default_factory=dict)
    at_a_time: int = 1
    command: str = ""
    versions: dict[str, str] = field(default_factory=dict)


def read(folder: Path) -> Record | None:
    """Return the record in a search's folder, or None where there is none."""
    path = folder / FILE
    try:
        found = path.stat()
        return _parsed(path.absolute(), found.st_ino, found.st_mtime_ns)
    except FileNotFoundError:
        return None
    except (yaml.YAMLError, OSError, ValueError, RecursionError) as error:
        raise ConfigError(
            f"{path}: cannot be read: {(str(error) or repr(error)).splitlines()[0][:200]}; "
            "move it away: the search's command writes a new one and keeps finished jobs"
        ) from None


@lru_cache(maxsize=1)
def _parsed(path: Path, *version: int) -> Record:
    content = yaml.load(path.read_text("utf-8"), _LOADER)  # noqa: S506 - it is the safe one
    if isinstance(content, dict) and isinstance(known := content.get("recordings"), dict):
        facts = {name: {"digest": each} if isinstance(each, str) else each for name, each in known.items()}
        content |= {"recordings": facts}  # early versions kept the hash alone
    if found := shapes.problem(content, _SHAPE, "search"):
        raise ValueError(found)
    if (cost := content.get("cost", measure.EARLIEST)) not in measure.COLUMN:
        raise ValueError(f"search.cost: must be {' or '.join(measure.COLUMN)}, but is {cost!r}")
    known = {key: content[key] for key in content if key in Record.__dataclass_fields__}  # a later version may add some
    points = [{"name": point["label"], "candidate": None, "dropped_because": ""} | point for point in known["points"]]
    return Record(**known | {"points": points})


def write(folder: Path, record: Record) -> None:
    """Write search.yaml."""
    text = yaml.dump(vars(record), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
    write_text(folder / FILE, text)


def merged(before: Record, now: Record) -> Record:
    """Return the record of a resumed search: its uid, and all points, settings and recordings so far."""
    earlier = {point["label"]: point | {"is_earlier": True} for point in before.points}
    points = earlier | {point["label"]: point for point in now.points}
    return replace(
        now,
        uid=before.uid,
        points=list(points.values()),
        settings=before.settings | now.settings,
        recordings=before.recordings | now.recordings,
        references=before.references | now.references,
    )


def with_references(now: Record, recordings: "Iterable[Recording]", before: Record | None) -> Record:
    """Return the record with the reference models of each recording; those that are known are not computed again."""
    from nasamp.audio import references  # SciPy

    known, recorded = (before.references, before.recordings) if before else ({}, {})
    kept = {
        name: known[name]
        for name, facts in now.recordings.items()
        if name in known
        and all(recorded.get(name, {}).get(key) == facts.get(key) for key in ("digest", "parts", "repeat_esr"))
    }
    new = references.of_all(recording for recording in recordings if recording.name not in kept)
    return replace(now, references=kept | new)


def changes(before: Mapping[str, Any], now: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Return which settings differ, as ``key: before -> now``.

    >>> changes({"loss": {"name": "esr"}, "seed": 1}, {"loss": {"name": "hybrid"}, "seed": 1})
    ['loss.name: esr -> hybrid']
    """
    found = []
    for key in sorted({*before, *now}):
        old, new = before.get(key), now.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            found += changes(old, new, f"{prefix}{key}.")
        elif old != new:
            found.append(f"{prefix}{key}: {old} -> {new}")
    return found


def numbered(labels: Sequence[str], before: Record | None) -> list[int]:
    """Return an id for each label: its known one, or the next free one; a new search counts from 1."""
    known = {point["label"]: point["id"] for point in before.points} if before else {}
    free = max(known.values(), default=0)
    ids = []
    for label in labels:
        if label not in known:
            free += 1
            known[label] = free
        ids.append(known[label])
    return ids


def versions() -> dict[str, str]:
    """Return the versions of the packages that compute the results."""
    from importlib.metadata import PackageNotFoundError, version  # slow to import, and not needed by a dry run

    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # a bare checkout
            found[package] = "not installed"
    return found
