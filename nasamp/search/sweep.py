"""Runs a search: plans the command, checks it, and trains its phases on the configured launcher."""

import os
from collections.abc import Sequence
from typing import Any

from omegaconf import OmegaConf

from nasamp import tracking
from nasamp.cost import measure
from nasamp.errors import NothingUsable
from nasamp.search import conflicts, destination, loading, measuring, planned, running, search_file
from nasamp.search.estimate import Estimate
from nasamp.search.jobs.launching import JobLauncher
from nasamp.search.plan import refusals, space, starting, work
from nasamp.search.plan.arguments import command
from nasamp.search.plan.identities import Identities
from nasamp.search.plan.planning import Plan, make
from nasamp.search.terminal import messages
from nasamp.search.terminal.text import say


class Sweep:
    """One command: checked as a whole, then trained phase after phase."""

    def __init__(self, hydra: dict[str, Any], *, is_multirun: bool, typed: Sequence[str]) -> None:
        self._hydra, self._is_multirun, self._typed = hydra, is_multirun, typed
        self._command = command(typed)

    def run(self, arguments: list[str]) -> None:
        """Run the command; raises NothingUsable or SomeJobsFailed at the end."""
        plan = self._plan(arguments)
        if plan.config.search.dry_run:
            self._show(measuring.costed(plan, search_file.read(plan.folder), say))
            return
        recordings = loading.read(plan)
        identities = Identities(plan, {choice: recording.identity for choice, recording in recordings.items()})
        plan, conflicting = destination.choose(
            plan, lambda name: self._plan(arguments, name), recordings, identities, self._command
        )
        before = search_file.read(plan.folder)
        plan = measuring.costed(plan, before, say)
        say("\n".join([*plan.notes, messages.beginning(plan)]).strip())
        launcher = JobLauncher(self._hydra, plan.cfg)
        _refuse(plan, launcher)
        starting.refuse_removal(plan.config.start, conflicting.jobs)
        if conflicting.jobs or conflicting.recordings:
            before = conflicts.remove(plan.folder, before, conflicting)
        read, recordings = recordings, loading.with_known_names(recordings, before)
        facts = loading.facts(plan, plan.going, recordings)
        say(messages.of_recordings(read, recordings, facts))
        parts = {choice: each.facts["parts"] for choice, each in recordings.items()}
        names = destination.names(plan, before)
        now = planned.record(plan, names, facts, parts, launcher=launcher, command=self._command)
        if len(plan.points) > 1:
            say(messages.time_needed(plan.folder, now))
        now = search_file.with_references(now, recordings.values(), before)
        now = search_file.merged(before, now) if before else now
        search_file.write(plan.folder, now)
        written = {choice: loading.write(recording, plan.folder) for choice, recording in recordings.items()}
        del read, recordings  # jobs read the written ones
        jobs = running.Jobs(plan, {label: name for label, (_, name) in names.items()}, written, identities)
        running.train(jobs, launcher, Estimate(plan.folder, now), self._command)

    def _plan(self, arguments: Sequence[str], name: str | None = None) -> Plan:
        """Return the checked plan of the command, under another ``search.name`` if one is given."""
        cfg, context = self._hydra["config"], self._hydra["hydra_context"]
        if name:
            cfg, arguments = cfg.copy(), [*arguments, f"search.name={name}"]
            OmegaConf.update(cfg, "search.name", name)
        return make(list(arguments), cfg, context, is_multirun=self._is_multirun, line=self._typed)

    def _show(self, plan: Plan) -> None:
        """Print what would be trained, and how long that takes, without reading audio."""
        say("\n".join(plan.notes))
        before = search_file.read(plan.folder)
        names = destination.names(plan, before)
        say(space.describe(plan.points, names, measure.COLUMN[plan.config.search.cost]))
        parts = {choice: work.parts_by_header(config.data, rate) for choice, (config, rate) in plan.bases.items()}
        launcher, folder = JobLauncher(self._hydra, plan.cfg), plan.folder
        now = planned.record(plan, names, {}, parts, launcher=launcher, command=self._command)
        common = before.settings.keys() & plan.settings.keys() if before else ()
        if before and any(search_file.changes(before.settings[phase], plan.settings[phase]) for phase in common):
            say(f"{plan.folder} holds a search with other settings, which this command does not continue")
            folder = plan.folder.with_name(f"{plan.folder.name}-new")  # an empty folder, for the estimate
        say(messages.time_needed(folder, now))


def _refuse(plan: Plan, launcher: JobLauncher) -> None:
    """Raise an error for a plan that cannot run; logs in to W&B's server where the runs go there."""
    if not plan.going:
        raise NothingUsable("search.constraints drop every point; search.dry_run=true shows why")
    refusals.short_phases(plan)
    if not launcher.is_isolated:  # a cluster has devices of its own
        refusals.missing_devices(plan)
    if plan.config.logger.uses_wandb:
        tracking.refuse_unreadable(os.environ)  # now, since otherwise every job would fail
        if plan.config.logger.mode == "online":
            tracking.log_in()
