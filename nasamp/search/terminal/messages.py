"""The messages of a search: time needed, results of a phase, what to type next."""

from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasamp import tables, tracking
from nasamp.quantities import QUANTITIES, Quantity
from nasamp.search import estimate, search_file
from nasamp.search.jobs import ledger
from nasamp.search.jobs.job import Job
from nasamp.search.plan import space
from nasamp.search.plan.arguments import command, upload_command
from nasamp.search.plan.configs import Choice
from nasamp.search.plan.planning import Plan
from nasamp.search.search_file import Record
from nasamp.search.terminal import text

if TYPE_CHECKING:  # a dry run does not import NumPy
    from nasamp.audio.recording import Recording


def time_needed(folder: Path, search: Record) -> str:
    """Return an estimate of the time that all phases take."""
    seconds = estimate.Estimate(folder, search).seconds_left()
    if seconds is None:
        return "time: unknown until a job has run on this machine"
    if not seconds:
        return "time: about 0 s, all is done" if any(not point["dropped_because"] for point in search.points) else ""
    return f"time: about {text.duration(seconds)}, {text.count(search.at_a_time, 'job')} at a time, as measured here"


def beginning(plan: Plan) -> str:
    """Return the first line of a search: its number of points; empty for one point."""
    if len(plan.points) == 1:
        return ""
    dropped = any(point.dropped_because for point in plan.points)
    hint = "; search.dry_run=true lists all" if dropped else ""
    return f"{space.summary(plan.points)}{hint}"


def of_recordings(
    read: Mapping[Choice, "Recording"], known: Mapping[Choice, "Recording"], facts: Mapping[str, Mapping[str, Any]]
) -> str:
    """Return the notes and warnings about recordings, each once, and which are known under another name.

    Args:
        read: as read, for each choice.
        known: the same, under the names that they have in the search.
        facts: by name.
    """
    renamed = sorted({(known[choice].name, each.name) for choice, each in read.items()})
    lines = [
        f"recording {new} equals {old} of this search, and keeps the name {old}" for old, new in renamed if old != new
    ]
    lines += [f"note: {note}" for each in facts.values() for note in each["notes"]]
    lines += [f"warning: {warning}" for each in facts.values() for warning in each["warnings"]]
    return "\n".join(dict.fromkeys(lines))


def phase_table(jobs: Sequence[Job], column: str, cost: str) -> str:
    """Return a table of the finished jobs, best first by the column, and a line for each failed job."""
    found = (dict(job.result) | {cost: job.point.costs[cost]} for job in jobs if job.state == "done")
    done = sorted(found, key=lambda result: ledger.score(result, column))
    quality = dict.fromkeys([column, "val_esr", "val_esr_db"])
    columns = ["name", *quality, "parameters", cost, "epochs", "training_seconds"]
    shown = [QUANTITIES[name] for name in columns]
    rows = [[_cell(result, quantity) for quantity in shown] for result in done]
    failed = [f"failed: {job.folder}: {job.error}" for job in jobs if job.state != "done"]
    return "\n".join([*([tables.terminal(columns, rows)] if rows else []), *failed])


def _cell(result: Mapping[str, Any], quantity: Quantity) -> str:
    if not quantity.style:
        return str(result.get(quantity.column, ""))
    number = ledger.number(result, quantity.column)
    return format(int(number) if quantity.style == ",d" and isfinite(number) else number, quantity.style.rstrip("d"))


def last_lines(plan: Plan, done: Sequence[Job]) -> str:
    """Return the last lines of a search: how to upload its runs, where the results are, what to type next."""
    lines = []
    logger = plan.config.logger
    if logger.uses_wandb and any((plan.folder / "wandb").glob("offline-run-*")):
        lines.append(f"to upload the runs:   {upload_command(plan.folder)}")
    elif logger.uses_wandb:
        lines.append(f"the runs are in W&B:  project {logger.project}, group {plan.config.search.name}")
    where = done[0].folder if len(plan.points) == 1 and len(done) == 1 else plan.folder
    lines.append(f"results are in {where}; now type: {command([f'runs={plan.folder}'], 'nasamp.pareto')}")
    return "\n".join(lines)


def unsent(plan: Plan, jobs: Sequence[Job]) -> str:
    """Return a warning about jobs whose runs W&B's server did not receive; empty if it received all."""
    search, logger = search_file.read(plan.folder), plan.config.logger
    if not search or not logger.uses_wandb or logger.mode == "offline":
        return ""
    runs = [tracking.run_id(search.uid, each.identity, each.folder.parent.name) for each in jobs]
    kept = sum(tracking.kept_offline(plan.folder, run) for run in runs)
    if not kept:
        return ""
    return (
        f"warning: W&B's server did not receive the runs of {text.count(kept, 'job')}, kept offline (train.log "
        f"says why); {upload_command(plan.folder)} uploads them; logger.mode=offline needs no server"
    )
