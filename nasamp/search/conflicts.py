"""Finds and removes jobs and recordings in a search's folder that conflict with a command.

A folder belongs to the recordings and settings of the jobs started in it.
"""

import itertools
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nasamp import tracking
from nasamp.audio import files
from nasamp.errors import ConfigError
from nasamp.search import search_file
from nasamp.search.jobs import heartbeat, ledger
from nasamp.search.search_file import Record
from nasamp.training import checkpoints

PREPARED = "recordings"  # folder of the prepared recordings, each named by its digest
Recordings = Mapping[str, Mapping[str, Any]]  # by name, with the digest, as in search.yaml


@dataclass(frozen=True)
class Intent:
    """What a command will train.

    Attributes:
        settings: by phase, see ``Plan.settings``.
        is_axis: whether recordings are an axis, so that the folder may hold others under other names.
        identity: returns the identity of a job, by phase and name; None if the command has no such job.
    """

    settings: Mapping[str, Mapping[str, Any]]
    recordings: Recordings
    is_axis: bool
    identity: Callable[[str, str], str | None]

    def contradicts(self, name: str, digest: str | None) -> bool:
        """Return whether a recording in the folder cannot be in one search with those of the command."""
        if digest is None:  # a folder of an early version
            return False
        if self.is_axis:
            return name in self.recordings and self.recordings[name]["digest"] != digest
        return digest not in [facts["digest"] for facts in self.recordings.values()]


@dataclass(frozen=True)
class Conflicts:
    """What conflicts with a command.

    Attributes:
        settings: the differences, as ``key: before -> now``.
    """

    jobs: Mapping[Path, ledger.State]
    recordings: Recordings
    settings: tuple[str, ...]

    @property
    def has_results(self) -> bool:
        """Whether work would be lost with the jobs; failed jobs are none."""
        return any(state != "failed" for state in self.jobs.values())


def find(folder: Path, before: Record | None, intent: Intent) -> Conflicts:
    """Return what conflicts with a command; ``before`` is the folder's search.yaml, if it still exists."""
    known = (before.recordings if before else {}) or _prepared(folder)
    others = {name: facts for name, facts in known.items() if intent.contradicts(name, facts.get("digest"))}
    changed = {
        phase: search_file.changes(settings, intent.settings[phase])
        for phase, settings in (before.settings.items() if before else ())
        if phase in intent.settings
    }
    jobs: dict[Path, ledger.State] = {}
    settings: list[str] = []
    for job, state in _jobs(folder):
        phase, result = job.parent.name, ledger.read(job / ledger.RESULT)
        if result:
            name = str(result.get("recording"))
            digest = result.get("job", {}).get("digest") or known.get(name, {}).get("digest")
            is_other = intent.contradicts(name, digest)
            others |= {name: {"digest": digest}} if is_other and name not in others else {}
            is_replaced = intent.identity(phase, job.name) not in (None, result.get("identity"))
        else:
            is_other, is_replaced = bool(others), False
        if is_other or is_replaced or changed.get(phase):
            jobs[job] = state
            settings += changed.get(phase, [])
    return Conflicts(jobs, others, tuple(dict.fromkeys(settings)))


def message(folder: Path, found: Conflicts, intent: Intent, command: str) -> str:
    """Return an error message: what the folder holds, what the command would train, and what to type."""
    parts = []
    if found.recordings:
        parts.append(f"another recording: {_listed(found.recordings)}; this is {_listed(intent.recordings)}")
    if found.settings:
        parts.append(f"other settings: {'; '.join(found.settings)}")
    if not parts:
        parts.append(f"another recording or other settings, such as {next(iter(found.jobs))}")
    plain = shlex.join(word for word in shlex.split(command) if not word.lstrip("+").startswith("search.name="))
    own = f"{plain} search.name={_free_name(folder, intent)}"
    return (
        f"{folder} holds results of {'; and of '.join(parts)}; search.on_change=new uses a new folder, "
        f"search.on_change=force replaces these results; to keep both: {own}"
    )


def remove(folder: Path, before: Record | None, found: Conflicts) -> Record | None:
    """Remove what conflicts with a command, and return the search.yaml of what is left.

    Raises:
        ConfigError: a living process owns one of the jobs.
    """
    for job, state in found.jobs.items():
        if state == "running":
            owner = heartbeat.read(job)
            raise ConfigError(
                f"{job}: process {owner.get('pid')} on {owner.get('host')} is training it; end that search first"
            )
    for run in _runs_of(folder, found.jobs):
        shutil.rmtree(run, ignore_errors=True)
    for job in found.jobs:
        shutil.rmtree(job)
    if before is None:
        return None
    left = {job.name for job, _ in _jobs(folder)}
    kept = {name: facts for name, facts in before.recordings.items() if name not in found.recordings}
    for prepared in (folder / PREPARED).glob("*"):
        if prepared.name not in [facts.get("digest") for facts in kept.values()]:
            shutil.rmtree(prepared)
    return replace(
        before,
        recordings=kept,
        references={name: each for name, each in before.references.items() if name in kept},
        points=[point for point in before.points if point["name"] in left],
    )


def _jobs(folder: Path) -> Iterator[tuple[Path, ledger.State]]:
    """Yield the folder and the state of each job that was started."""
    traces = (ledger.RESULT, ledger.ERROR, heartbeat.FILE, checkpoints.LAST)
    for job in sorted({path.parent for name in traces for path in folder.glob(f"*/*/{name}")}):
        if (job / ledger.RESULT).exists():
            yield job, "done"
        elif (job / ledger.ERROR).exists():
            yield job, "failed"
        else:
            yield job, "running" if (job / heartbeat.FILE).exists() and heartbeat.is_held(job) else "interrupted"


def _prepared(folder: Path) -> Recordings:
    """Return the prepared recordings, for a search.yaml that is lost or has no recordings."""
    described = [ledger.read(path) for path in sorted((folder / PREPARED).glob("*/recording.json"))]
    return {str(each["name"]): {"digest": each["digest"]} for each in described if {"name", "digest"} <= each.keys()}


def _runs_of(folder: Path, jobs: Mapping[Path, ledger.State]) -> Iterator[Path]:
    """Yield the folders of the jobs' offline W&B runs, and of analyses, which cover all jobs."""
    names = {(job.parent.name, job.name) for job in jobs}
    for path in folder.glob("wandb/*/run-*.wandb"):
        run = tracking.read_run(path)
        if run.get("job_type") == tracking.JOB_TYPE or (run.get("job_type"), run.get("name")) in names:
            yield path.parent


def _listed(recordings: Recordings) -> str:
    return ", ".join(f"{name} ({_facts(facts)})" for name, facts in recordings.items())


def _facts(facts: Mapping[str, Any]) -> str:
    length = [f"{facts['seconds']:.1f} s"] if "seconds" in facts else []
    return ", ".join([*length, f"digest {facts['digest']}"])


def _free_name(folder: Path, intent: Intent) -> str:
    """Return an unused name for a search: the recording's, or else the folder's with a number."""
    plain = [files.search_name(name) for name in intent.recordings]
    names = itertools.chain(plain if len(plain) == 1 else [], (f"{folder.name}-{n}" for n in itertools.count(2)))
    return next(name for name in names if name and not name.isdigit() and not (folder.parent / name).exists())
