"""The life of a search: what was typed, points, phases, on whatever launcher is configured."""

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from omegaconf import OmegaConf

from nasamp import tracking
from nasamp.errors import ConfigError, NothingUsable, SomeJobsFailed
from nasamp.quantities import QUANTITIES
from nasamp.schema import Start
from nasamp.search import job, ledger, phases, progress, record, room, space, speed, summary, text
from nasamp.search.configs import Choice
from nasamp.search.job import Job
from nasamp.search.launching import Launching
from nasamp.search.plan import Plan, make
from nasamp.search.space import Point
from nasamp.search.typed import quoted

if TYPE_CHECKING:
    from nasamp.audio.recording import Recording


class Heard(NamedTuple):
    """What jobs depend on of a recording: the hash of its samples, how many there are, and where they find them.

    ``judged`` are those of the validation or the test part, the longer one.
    """

    digest: str
    samples: int
    judged: int
    folder: Path


class Sweep:
    """One command: checked whole, then phase after phase."""

    def __init__(self, hydra: dict[str, Any], *, is_multirun: bool, command: str) -> None:
        """Take what Hydra's sweepers get, whether -m was typed, and the command as typed."""
        self._hydra, self._is_multirun, self._command = hydra, is_multirun, command

    def run(self, arguments: list[str]) -> None:
        """Do what the command says; raises NothingUsable or SomeJobsFailed at the end."""
        plan = self._plan(arguments)
        plan = speed.limited(plan, _say)
        before = record.read(plan.folder)
        ids = record.numbered([point.label for point in plan.points], before)
        names = [
            space.name(point, id_ if self._is_multirun else None) for point, id_ in zip(plan.points, ids, strict=True)
        ]
        if plan.config.search.dry_run:
            _say(space.describe(plan.points, names, ids))
            _say(summary.time_needed(plan))
            return
        _say(summary.beginning(plan))
        going = [point for point in plan.points if not point.dropped_because]
        if not going:
            raise NothingUsable("search.constraints drop every point; search.dry_run=true shows why")
        _refuse_short_gaps(plan, going)
        _refuse_short_phases(plan, going[0])
        if (changed := record.incomparable(plan.folder, plan.settings)) and plan.config.search.on_change == "refuse":
            raise ConfigError(
                f"{plan.folder} holds results of other settings: {'; '.join(dict.fromkeys(changed))}; "
                "search.on_change=new takes a new folder, search.on_change=force trains anew in this one"
            )
        if plan.config.logger.mode == "online" and "wandb" in plan.config.logger.kinds:
            tracking.log_in()
        from nasamp.audio import prepared

        recordings = _recordings(plan)
        facts = _facts(plan, going, recordings)
        for warning in dict.fromkeys(warning for each in facts.values() for warning in each["warnings"]):
            _say(f"warning: {warning}")
        now = self._record(plan, ids, names, facts)
        now = record.with_references(now, recordings.values(), before)
        record.write(plan.folder, record.merged(before, now) if before else now)
        named = dict(zip((point.label for point in plan.points), names, strict=True))
        heard = {
            choice: Heard(
                recording.digest,
                len(recording.input),
                max(recording.facts["parts"][part] for part in ("validation", "test")),
                prepared.write(recording, plan.folder / "recordings"),
            )
            for choice, recording in recordings.items()
        }
        del recordings  # the jobs read their own
        self._train(plan, going, named, heard)

    def _plan(self, arguments: list[str]) -> Plan:
        """Return what the command means; with ``search.on_change=new`` in the first folder whose results fit."""
        cfg, context = self._hydra["config"], self._hydra["hydra_context"]
        plan = make(arguments, cfg, context, is_multirun=self._is_multirun)
        name = plan.config.search.name
        for number in itertools.count(2):
            if plan.config.search.on_change != "new" or not record.incomparable(plan.folder, plan.settings):
                return plan
            cfg = cfg.copy()
            OmegaConf.update(cfg, "search.name", f"{name}-{number}")
            plan = make([*arguments, f"search.name={name}-{number}"], cfg, context, is_multirun=self._is_multirun)
        raise AssertionError

    def _record(
        self, plan: Plan, ids: list[int], names: list[str], recordings: dict[str, dict[str, Any]]
    ) -> record.Record:
        return record.Record(
            name=plan.config.search.name,
            axes={axis.key: list(axis.values) for axis in plan.typed.axes},
            constraints=vars(plan.config.search.constraints),
            phases=[dict(phase) for phase in plan.phases],
            points=[
                {"id": id_, "name": name, "label": point.label, "candidate": point.candidate}
                | {"dropped_because": point.dropped_because}
                for point, id_, name in zip(plan.points, ids, names, strict=True)
            ],
            settings=plan.settings,
            recordings=recordings,
            command=self._command,
            versions=record.versions(),
        )

    def _train(self, plan: Plan, going: list[Point], named: dict[str, str], heard: Mapping[Choice, Heard]) -> None:
        column = next(quantity.column for quantity in QUANTITIES.values() if quantity.key == plan.config.search.monitor)
        launching, failed = Launching(self._hydra, plan.cfg), 0
        earlier: dict[str, Job] = {}
        for phase in plan.phases:
            jobs = [
                self._job(plan, point, phase["phase"], named[point.label], heard, earlier.get(point.label))
                for point in going
            ]
            for each in jobs:
                each.tidy()
            already = sum(each.state == "done" for each in jobs)
            speed.before_phase(plan, [each.point for each in jobs if each.state != "done"], phase["phase"], _say)
            _say(f"{phase['phase']}: {text.count(len(jobs), 'job')}" + (f", {already} done before" if already else ""))
            _say(launching.prepare(jobs))
            with progress.shown(phase["phase"], [each.folder for each in jobs], column):
                job.finish(jobs, launching.launch, is_apart=launching.is_apart)
            done = [each for each in jobs if each.state == "done"]
            earlier = {each.point.label: each for each in done}
            failed += len(jobs) - len(done)
            _say(summary.phase_table(jobs, column))
            if not done:
                raise NothingUsable(f"no job of {phase['phase']} gave a result; error.json in each folder says why")
            scored = [phases.Scored(each.point, each.result[column]) for each in done]
            going = phases.survivors(scored, phase, plan.config.search.select)
        _say(summary.last_lines(plan, done))
        if failed:
            raise SomeJobsFailed(f"{text.count(failed, 'job')} failed; the same command tries again: {self._command}")

    def _job(
        self, plan: Plan, point: Point, phase: str, name: str, heard: Mapping[Choice, Heard], earlier: Job | None
    ) -> Job:
        """Return the job of a point in a phase; ``earlier`` is that of the phase before."""
        place = Path(phase) / name
        overrides = (*plan.typed.fixed, *point.overrides, f"phase={phase}", f"hydra.sweep.subdir='{place.as_posix()}'")
        config, recording = plan.job_config(point, phase), heard[plan.choice(point)]
        overrides += (f"data.prepared={quoted(str(recording.folder.resolve()))}",)
        if earlier and config.search.warm_start and config.phase.length.steps:
            config = replace(config, start=Start(earlier.checkpoint, earlier.identity))
            overrides += (f"start.path={quoted(str(config.start.path))}", f"start.identity={earlier.identity}")
        is_bounded = config.model.is_ours and config.trainer.precision == "32-true"
        memory = room.job_bytes(point.costs, config.recipe, recording.samples, recording.judged, is_bounded=is_bounded)
        return Job(point, plan.folder / place, ledger.identity(config, recording.digest), overrides, memory)


def _recordings(plan: Plan) -> "dict[Choice, Recording]":
    """Return the recording for each choice."""
    from nasamp.audio import recording as audio  # a dry run does without NumPy

    loaded = {data: audio.load(data) for data in dict.fromkeys(config.data for config, _ in plan.bases.values())}
    return {choice: loaded[config.data] for choice, (config, _) in plan.bases.items()}


def _facts(plan: Plan, going: list[Point], recordings: "Mapping[Choice, Recording]") -> dict[str, dict[str, Any]]:
    """Return what is known of each recording, by name; W9 once for all models with the same receptive field."""
    from nasamp.audio.pair_rules import judge_memory
    from nasamp.audio.split import length

    facts = {recording.name: recording.facts for recording in recordings.values()}
    long = Counter[tuple[str, str]]()
    for point in going:
        choice, config = plan.choice(point), plan.bases[plan.choice(point)][0]
        recording = recordings[choice]
        samples = config.recipe.segment_samples, length(recording.split.validation)
        memory = judge_memory(int(point.costs["receptive_field"]), *samples, config.data.limits)
        if memory.verdict == "warning":
            long[recording.name, memory.line] += 1
    for (name, line), models in long.items():
        facts[name]["warnings"].append(f"{text.count(models, 'model')}: {line}")
    return facts


def _refuse_short_gaps(plan: Plan, going: list[Point]) -> None:
    """A model with more memory than the gap would hear the part before the one that judges it."""
    for point in going:
        config, rate = plan.bases[plan.choice(point)]
        gap, memory = round(config.data.gap_seconds * rate), int(point.costs["receptive_field"]) - 1
        if memory > gap:
            raise ConfigError(
                f"{point.label}: its memory of {memory:,} samples is longer than the gap between the parts "
                f"(data.gap_seconds={config.data.gap_seconds}, {gap:,} samples); "
                f"set data.gap_seconds={memory / rate + 0.005:.2f}"
            )


def _refuse_short_phases(plan: Plan, point: Point) -> None:
    """A model that goes on has made the steps of the phase before: a later length counts these too."""
    lengths = [(phase["phase"], plan.job_config(point, phase["phase"]).phase.length.steps) for phase in plan.phases]
    for (earlier, before), (later, steps) in itertools.pairwise(lengths):
        if plan.config.search.warm_start and before and steps and steps <= before:
            raise ConfigError(
                f"phase {later}: its length of {steps:,} steps counts those of {earlier}, {before:,}, which it goes on "
                "from; lengthen it, or set search.warm_start=false"
            )


def _say(line: str) -> None:
    if line:
        print(line, flush=True)  # noqa: T201
