"""Runs a search: plans the command, checks it, and trains its phases on the configured launcher."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from nasamp import tracking
from nasamp.architecture import kept_per_sample
from nasamp.cost import measure
from nasamp.errors import NothingUsable, SomeJobsFailed
from nasamp.quantities import QUANTITIES
from nasamp.schema import Config
from nasamp.search import conflicts, destination, loading, measuring, phases, search_file
from nasamp.search.estimate import Estimate
from nasamp.search.jobs import job, ledger
from nasamp.search.jobs.job import Job
from nasamp.search.jobs.launching import JobLauncher
from nasamp.search.jobs.memory import job_bytes
from nasamp.search.loading import Prepared
from nasamp.search.plan import refusals, space, starting, work
from nasamp.search.plan.arguments import command, quoted
from nasamp.search.plan.configs import Choice
from nasamp.search.plan.identities import Identities
from nasamp.search.plan.planning import Plan, make
from nasamp.search.plan.space import Point
from nasamp.search.terminal import live_line, messages, text


class Sweep:
    """One command: checked as a whole, then trained phase after phase.

    Args:
        hydra: the arguments of Hydra's sweepers.
        is_multirun: whether -m was typed.
        typed: the arguments as typed.
    """

    def __init__(self, hydra: dict[str, Any], *, is_multirun: bool, typed: Sequence[str]) -> None:
        self._hydra, self._is_multirun, self._typed = hydra, is_multirun, typed
        self._command = command(typed)

    def run(self, arguments: list[str]) -> None:
        """Run the command; raises NothingUsable or SomeJobsFailed at the end."""
        plan = self._plan(arguments)
        if plan.config.search.dry_run:
            self._show(measuring.costed(plan, search_file.read(plan.folder), _say))
            return
        recordings = loading.read(plan)
        identities = Identities(plan, {choice: recording.identity for choice, recording in recordings.items()})
        plan, conflicting = destination.choose(
            plan, lambda name: self._plan(arguments, name), recordings, identities, self._command
        )
        before = search_file.read(plan.folder)
        plan = measuring.costed(plan, before, _say)
        _say("\n".join([*plan.notes, messages.beginning(plan)]).strip())
        going = [point for point in plan.points if not point.dropped_because]
        if not going:
            raise NothingUsable("search.constraints drop every point; search.dry_run=true shows why")
        refusals.short_phases(plan, going[0])
        if not JobLauncher(self._hydra, plan.cfg).is_isolated:  # a cluster has devices of its own
            refusals.missing_devices(plan, going)
        if plan.config.logger.uses_wandb:
            tracking.refuse_unreadable(os.environ)  # now, since otherwise every job would fail
            if plan.config.logger.mode == "online":
                tracking.log_in()
        starting.refuse_removal(plan.config.start, conflicting.jobs)
        if conflicting.jobs or conflicting.recordings:
            before = conflicts.remove(plan.folder, before, conflicting)
        known = loading.with_known_names(recordings, before)
        for old, new in sorted({(known[choice].name, each.name) for choice, each in recordings.items()}):
            if old != new:
                _say(f"recording {new} equals {old} of this search, and keeps the name {old}")
        recordings = known
        ids, names = destination.names(plan, before)
        facts = loading.facts(plan, going, recordings)
        for note in dict.fromkeys(note for each in facts.values() for note in each["notes"]):
            _say(f"note: {note}")
        for warning in dict.fromkeys(warning for each in facts.values() for warning in each["warnings"]):
            _say(f"warning: {warning}")
        now = self._record(
            plan, ids, names, facts, {choice: each.facts["parts"] for choice, each in recordings.items()}
        )
        if len(plan.points) > 1:
            _say(messages.time_needed(plan.folder, now))
        now = search_file.with_references(now, recordings.values(), before)
        now = search_file.merged(before, now) if before else now
        search_file.write(plan.folder, now)
        named = dict(zip((point.label for point in plan.points), names, strict=True))
        written = {choice: loading.write(recording, plan.folder) for choice, recording in recordings.items()}
        del recordings, known  # jobs read the written ones
        self._train(plan, going, named, written, identities, Estimate(plan.folder, now))

    def _plan(self, arguments: Sequence[str], name: str | None = None) -> Plan:
        """Return the checked plan of the command, under another ``search.name`` if one is given."""
        cfg, context = self._hydra["config"], self._hydra["hydra_context"]
        if name:
            cfg, arguments = cfg.copy(), [*arguments, f"search.name={name}"]
            OmegaConf.update(cfg, "search.name", name)
        return make(list(arguments), cfg, context, is_multirun=self._is_multirun, line=self._typed)

    def _show(self, plan: Plan) -> None:
        """Print what would be trained, and how long that takes, without reading audio."""
        _say("\n".join(plan.notes))
        before = search_file.read(plan.folder)
        ids, names = destination.names(plan, before)
        _say(space.describe(plan.points, names, ids, measure.COLUMN[plan.config.search.cost]))
        parts = {choice: work.parts_by_header(config.data, rate) for choice, (config, rate) in plan.bases.items()}
        now, folder = self._record(plan, ids, names, {}, parts), plan.folder
        common = before.settings.keys() & plan.settings.keys() if before else ()
        if before and any(search_file.changes(before.settings[phase], plan.settings[phase]) for phase in common):
            _say(f"{plan.folder} holds a search with other settings, which this command does not continue")
            folder = plan.folder.with_name(f"{plan.folder.name}-new")  # an empty folder, for the estimate
        _say(messages.time_needed(folder, now))

    def _record(
        self,
        plan: Plan,
        ids: list[int],
        names: list[str],
        recordings: dict[str, dict[str, Any]],
        parts: Mapping[Choice, work.Parts],
    ) -> search_file.Record:
        going = [point for point in plan.points if not point.dropped_because]
        first, cost = plan.phases[0]["phase"], plan.config.search.cost
        columns = dict.fromkeys([work.PER_SAMPLE, measure.COLUMN[cost]])
        memory = [_memory(plan.job_config(point, first), point, parts[plan.choice(point)]) for point in going]
        return search_file.Record(
            name=plan.config.search.name,
            axes={axis.key: list(axis.values) for axis in plan.typed.axes},
            cost=cost,
            constraints=vars(plan.config.search.constraints),
            phases=[dict(phase) for phase in plan.phases],
            points=[
                {"id": id_, "name": name, "label": point.label, "candidate": point.candidate}
                | {"task": list(map(str, point.task)), "dropped_because": point.dropped_because}
                | {column: point.costs[column] for column in columns if column in point.costs}
                | ({} if point.dropped_because else {"work": work.planned(plan, point, parts[plan.choice(point)])})
                for point, id_, name in zip(plan.points, ids, names, strict=True)
            ],
            settings=plan.settings,
            recordings=recordings,
            at_a_time=JobLauncher(self._hydra, plan.cfg).at_a_time(max(memory), len(going)) if going else 1,
            command=self._command,
            versions=search_file.versions(),
        )

    def _train(
        self,
        plan: Plan,
        going: list[Point],
        named: dict[str, str],
        written: Mapping[Choice, Prepared],
        identities: Identities,
        estimate: Estimate,
    ) -> None:
        column = next(quantity.column for quantity in QUANTITIES.values() if quantity.key == plan.config.search.monitor)
        cost = measure.COLUMN[plan.config.search.cost]
        launching, failed, is_warned = JobLauncher(self._hydra, plan.cfg), 0, False
        earlier: dict[str, Job] = {}
        for number, phase in enumerate(plan.phases):
            jobs = [
                self._job(plan, point, number, named[point.label], written, identities, earlier.get(point.label))
                for point in going
            ]
            for each in jobs:
                each.clear_leftovers()
            fresh = [each for each in jobs if each.state != "done"]
            already = len(jobs) - len(fresh)
            measuring.before_phase(plan, [each.point for each in fresh], phase["phase"], _say)
            _say(f"{phase['phase']}: {text.count(len(jobs), 'job')}" + (f", {already} done before" if already else ""))
            _say(launching.prepare(jobs))
            estimate.start_phase(phase["phase"], [each.folder.name for each in jobs])
            with live_line.shown(phase["phase"], [each.folder for each in jobs], column, estimate):
                job.finish(jobs, launching.launch, is_isolated=launching.is_isolated)
            done = [each for each in jobs if each.state == "done"]
            earlier = {each.point.label: each for each in done}
            failed += len(jobs) - len(done)
            _say(messages.phase_table(jobs, column, cost))
            if not is_warned and (line := messages.unsent(plan, fresh)):
                is_warned = True
                _say(line)
            if not done:
                raise NothingUsable(f"no job of {phase['phase']} finished; error.json in each job's folder says why")
            scored = [phases.Scored(each.point, ledger.score(each.result, column)) for each in done]
            going = phases.survivors(scored, phase, plan.config.search.select, cost)
        _say(messages.last_lines(plan, done))
        if failed:
            raise SomeJobsFailed(f"{text.count(failed, 'job')} failed; to try again: {self._command}")

    def _job(
        self,
        plan: Plan,
        point: Point,
        number: int,
        name: str,
        written: Mapping[Choice, Prepared],
        identities: Identities,
        earlier: Job | None,
    ) -> Job:
        """Return the job of a point in a phase; ``earlier`` is its job of the phase before."""
        phase = plan.phases[number]["phase"]
        place = Path(phase) / name
        subdir = f"hydra.sweep.subdir={quoted(place.as_posix())}"
        overrides = (*plan.typed.fixed, *point.overrides, f"phase={phase}", subdir)
        config, recording = identities.config(point, number), written[plan.choice(point)]
        overrides += (f"data.prepared={quoted(str(recording.folder.resolve()))}",)
        if earlier and config.start.identity == earlier.identity:
            start = (f"start.path={quoted(str(earlier.checkpoint))}", f"start.identity={quoted(earlier.identity)}")
            overrides += start
        memory = _memory(config, point, recording.parts)
        return Job(point, plan.folder / place, identities.of(point, number), overrides, memory)


def _memory(config: Config, point: Point, parts: work.Parts) -> float:
    """Return the peak memory of a job, in bytes."""
    is_bounded = config.model.is_ours and config.trainer.precision == "32-true"
    judged = max(parts["validation"], parts["test"])
    kept, field = kept_per_sample(config.model.architecture), int(point.costs["receptive_field"])
    return job_bytes(kept, field, config.recipe, sum(parts.values()), judged, is_bounded=is_bounded)


def _say(line: str) -> None:
    """Print a line; the search continues if the output is closed or its disk is full."""
    try:
        if line:
            print(line, flush=True)  # noqa: T201
    except OSError as error:
        print(f"warning: cannot write the output: {error.strerror}; the search continues", file=sys.stderr)  # noqa: T201
        text.silence_output()
