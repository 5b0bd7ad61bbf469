"""Trains the phases of a plan, one after another; after each, the models that go on are selected."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nasamp.cost import measure
from nasamp.errors import NothingUsable, SomeJobsFailed
from nasamp.quantities import QUANTITIES
from nasamp.search import measuring, phases, planned
from nasamp.search.estimate import Estimate
from nasamp.search.jobs import job, ledger
from nasamp.search.jobs.job import Job
from nasamp.search.jobs.launching import JobLauncher
from nasamp.search.loading import Prepared
from nasamp.search.plan.arguments import quoted
from nasamp.search.plan.configs import Choice
from nasamp.search.plan.identities import Identities
from nasamp.search.plan.planning import Plan
from nasamp.search.plan.space import Point
from nasamp.search.terminal import live_line, messages, text
from nasamp.search.terminal.text import say


@dataclass(frozen=True)
class Jobs:
    """The jobs of a plan.

    Attributes:
        names: of each point's folders, by its label.
        recordings: as written for the jobs, for each choice.
    """

    plan: Plan
    names: Mapping[str, str]
    recordings: Mapping[Choice, Prepared]
    identities: Identities

    def of(self, point: Point, number: int, earlier: Job | None) -> Job:
        """Return the job of a point in the phase of this number; ``earlier`` is its job of the phase before."""
        plan, phase = self.plan, self.plan.phases[number]["phase"]
        place = Path(phase) / self.names[point.label]
        config, recording = self.identities.config(point, number), self.recordings[plan.choice(point)]
        overrides = [
            *(*plan.typed.fixed, *point.overrides, f"phase={phase}"),
            f"hydra.sweep.subdir={quoted(place.as_posix())}",
            f"data.prepared={quoted(str(recording.folder.resolve()))}",
        ]
        if earlier and config.start.identity == earlier.identity:
            overrides.append(f"start.path={quoted(str(earlier.checkpoint))}")
            overrides.append(f"start.identity={quoted(earlier.identity)}")
        memory = planned.memory(config, point, recording.parts)
        return Job(point, plan.folder / place, self.identities.of(point, number), tuple(overrides), memory)


def train(jobs: Jobs, launcher: JobLauncher, estimate: Estimate, command: str) -> None:
    """Train all phases; raises NothingUsable or SomeJobsFailed, which names the command, at the end."""
    plan, going, failed, is_warned = jobs.plan, jobs.plan.going, 0, False
    column = next(quantity.column for quantity in QUANTITIES.values() if quantity.key == plan.config.search.monitor)
    cost = measure.COLUMN[plan.config.search.cost]
    earlier: dict[str, Job] = {}
    for number, phase in enumerate(plan.phases):
        batch = [jobs.of(point, number, earlier.get(point.label)) for point in going]
        fresh = _train_phase(plan, phase["phase"], batch, launcher, estimate, column)
        done = [each for each in batch if each.state == "done"]
        earlier = {each.point.label: each for each in done}
        failed += len(batch) - len(done)
        say(messages.phase_table(batch, column, cost))
        if not is_warned and (line := messages.unsent(plan, fresh)):
            is_warned = True
            say(line)
        if not done:
            raise NothingUsable(f"no job of {phase['phase']} finished; error.json in each job's folder says why")
        scored = [phases.Scored(each.point, ledger.score(each.result, column)) for each in done]
        going = phases.survivors(scored, phase, plan.config.search.select, cost)
    say(messages.last_lines(plan, done))
    if failed:
        raise SomeJobsFailed(f"{text.count(failed, 'job')} failed; to try again: {command}")


def _train_phase(
    plan: Plan, phase: str, jobs: list[Job], launcher: JobLauncher, estimate: Estimate, column: str
) -> list[Job]:
    """Train those jobs of a phase that are not done yet, and return them."""
    for each in jobs:
        each.clear_leftovers()
    fresh = [each for each in jobs if each.state != "done"]
    already = len(jobs) - len(fresh)
    measuring.before_phase(plan, [each.point for each in fresh], phase, say)
    say(f"{phase}: {text.count(len(jobs), 'job')}" + (f", {already} done before" if already else ""))
    say(launcher.prepare(jobs))
    estimate.start_phase(phase, [each.folder.name for each in jobs])
    with live_line.shown(phase, [each.folder for each in jobs], column, estimate):
        job.finish(jobs, launcher.launch, is_isolated=launcher.is_isolated)
    return fresh
