"""The life of a search: what was typed, points, phases, on whatever launcher is configured."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.plugins import Plugins
from hydra.errors import HydraException

from nasamp.errors import ConfigError, NasampError, NothingUsable, SomeJobsFailed
from nasamp.quantities import QUANTITIES
from nasamp.search import estimate, ledger, phases, progress, record, space, text
from nasamp.search.plan import Plan, make
from nasamp.search.space import Point

if TYPE_CHECKING:
    from nasamp.audio.recording import Recording

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """A point in a phase."""

    point: Point
    folder: Path
    identity: str
    overrides: tuple[str, ...]

    @property
    def state(self) -> ledger.State:
        """How far it came."""
        return ledger.state(self.folder, self.identity)

    @property
    def result(self) -> dict[str, Any]:
        """The row of a job that is done."""
        return ledger.read(self.folder / ledger.RESULT)


class Sweep:
    """One command: checked whole, then phase after phase."""

    def __init__(self, hydra: dict[str, Any], *, is_multirun: bool, command: str) -> None:
        """Take what Hydra's sweepers get, whether -m was typed, and the command as typed."""
        self._hydra, self._is_multirun, self._command = hydra, is_multirun, command
        self._launched = 0

    def run(self, arguments: list[str]) -> None:
        """Do what the command says; raises NothingUsable or SomeJobsFailed at the end."""
        plan = make(arguments, self._hydra["config"], self._hydra["hydra_context"], is_multirun=self._is_multirun)
        self._hydra["config"] = plan.cfg
        before = record.read(plan.folder)
        ids = record.numbered([point.label for point in plan.points], before)
        names = [
            space.name(point, id_ if self._is_multirun else None) for point, id_ in zip(plan.points, ids, strict=True)
        ]
        named = dict(zip((point.label for point in plan.points), names, strict=True))
        if plan.config.search.dry_run:
            _say(space.describe(plan.points, names, ids))
            _say(_time(plan))
            return
        going = [point for point in plan.points if not point.dropped_because]
        if not going:
            raise NothingUsable("search.constraints drop every point; search.dry_run=true shows why")
        _refuse_short_gaps(plan, going)
        from nasamp.audio import recording as audio  # a dry run does without NumPy

        recordings = {choice: audio.load(config.data) for choice, (config, _) in plan.bases.items()}
        for warning in dict.fromkeys(warning for recording in recordings.values() for warning in recording.warnings):
            _say(f"warning: {warning}")
        self._write_record(plan, before, ids, names, recordings)
        self._train(plan, going, named, {choice: recording.digest for choice, recording in recordings.items()})

    def _write_record(
        self,
        plan: Plan,
        before: record.Record | None,
        ids: list[int],
        names: list[str],
        recordings: "dict[Any, Recording]",
    ) -> None:
        settings = plan.settings
        if before:
            for phase in before.settings.keys() & settings.keys():
                if changed := record.changes(before.settings[phase], settings[phase]):
                    raise ConfigError(
                        f"{plan.folder} holds a search with other settings: {'; '.join(changed)}; "
                        "give this one a folder of its own with search.name=NAME"
                    )
        new = {
            point.label: {"id": id_, "name": name, "label": point.label, "dropped_because": point.dropped_because}
            for point, id_, name in zip(plan.points, ids, names, strict=True)
        }
        old = {point["label"]: point for point in before.points} if before else {}
        uid = {"uid": before.uid} if before else {}
        record.write(
            plan.folder,
            record.Record(
                name=plan.config.search.name,
                **uid,
                axes={axis.key: list(axis.values) for axis in plan.typed.axes},
                constraints=vars(plan.config.search.constraints),
                phases=[dict(phase) for phase in plan.phases],
                points=list((old | new).values()),
                settings=(before.settings if before else {}) | settings,
                recordings=(before.recordings if before else {})
                | {recording.name: recording.digest for recording in recordings.values()},
                command=self._command,
                versions=record.versions(),
            ),
        )

    def _train(self, plan: Plan, going: list[Point], named: dict[str, str], digests: dict[Any, str]) -> None:
        column = next(quantity.column for quantity in QUANTITIES.values() if quantity.key == plan.config.search.monitor)
        failed = 0
        for phase in plan.phases:
            jobs = [self._job(plan, point, phase["phase"], named[point.label], digests) for point in going]
            already = sum(job.state == "done" for job in jobs)
            _say(f"{phase['phase']}: {len(jobs)} jobs" + (f", {already} done before" if already else ""))
            with progress.shown(phase["phase"], [job.folder for job in jobs], column):
                self._finish(jobs)
            done = [job for job in jobs if job.state == "done"]
            failed += len(jobs) - len(done)
            _say(_phase_table(jobs, column))
            if not done:
                raise NothingUsable(f"no job of {phase['phase']} gave a result; error.json in each folder says why")
            scored = [phases.Scored(job.point, job.result[column]) for job in done]
            going = phases.survivors(scored, phase.get("keep", 1.0), plan.config.search.select)
        _say(_last_lines(plan, done))
        if failed:
            raise SomeJobsFailed(f"{failed} jobs failed; the same command tries them again: {self._command}")

    def _job(self, plan: Plan, point: Point, phase: str, name: str, digests: dict[Any, str]) -> Job:
        place = Path(phase) / name
        overrides = (*plan.typed.fixed, *point.overrides, f"phase={phase}", f"hydra.sweep.subdir='{place.as_posix()}'")
        digest = digests[plan.choice(point)]
        return Job(point, plan.folder / place, ledger.identity(plan.job_config(point, phase), digest), overrides)

    def _finish(self, jobs: list[Job]) -> None:
        """Launch until every job is done or failed; only the ledger says which."""
        for job in jobs:
            if job.state == "failed":
                ledger.forget_failure(job.folder)
        while new := [job for job in jobs if job.state == "new"]:
            self._launch(new)
            if all(job.state == "new" for job in new):
                for job in new:
                    ledger.fail(job.folder, job.identity, "the launcher did not start it")
        for job in jobs:  # a killed worker tears its neighbours too: alone, each is judged by itself
            while job.state == "torn":
                if ledger.tries(job.folder) >= ledger.TRIES:
                    ledger.fail(job.folder, job.identity, f"its process was killed {ledger.TRIES} times")
                else:
                    self._launch([job])

    def _launch(self, jobs: Sequence[Job]) -> None:
        launcher = Plugins.instance().instantiate_launcher(**self._hydra)
        try:
            launcher.launch([list(job.overrides) for job in jobs], initial_job_idx=self._launched)
        except (HydraException, NasampError):
            raise
        except Exception as error:  # noqa: BLE001 - a launcher raises what it likes when a worker dies
            log.warning("the launcher stopped: %s", (str(error) or repr(error)).splitlines()[0])
        self._launched += len(jobs)


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


def _time(plan: Plan) -> str:
    macs = [int(point.costs["macs_per_sample"]) for point in plan.points if not point.dropped_because]
    seconds = estimate.total_seconds(plan.phases, macs, plan.folder.parent)
    return (
        f"time: about {text.duration(seconds)}, one job after the other, as finished jobs on this machine took"
        if seconds
        else ""
    )


def _phase_table(jobs: Sequence[Job], column: str) -> str:
    done = sorted((job.result for job in jobs if job.state == "done"), key=lambda result: float(result[column]))
    columns = [
        "name",
        *dict.fromkeys([column, "val_esr", "val_esr_db"]),
        "parameters",
        "macs_per_sample",
        "epochs",
        "training_seconds",
    ]
    shown = [QUANTITIES[name] for name in columns]
    rows = [[format(result[quantity.column], quantity.style) for quantity in shown] for result in done]
    lines = [text.table(columns, rows)] if rows else []
    for job in jobs:
        if job.state != "done":
            lines.append(
                f"failed: {job.folder}: {str(ledger.read(job.folder / ledger.ERROR).get('error', '')).splitlines()[0]}"
            )
    return "\n".join(lines)


def _last_lines(plan: Plan, done: Sequence[Job]) -> str:
    lines = []
    if "wandb" in plan.config.logger.kinds and plan.config.logger.mode == "offline":
        lines.append(f"to upload the runs:   wandb sync --include-offline {plan.folder / 'wandb' / 'offline-run-*'}")
    where = done[0].folder if len(plan.points) == 1 and len(done) == 1 else plan.folder
    lines.append(f"results are in {where}; now type: python -m nasamp.pareto runs={plan.folder}")
    return "\n".join(lines)


def _say(line: str) -> None:
    if line:
        print(line, flush=True)  # noqa: T201
