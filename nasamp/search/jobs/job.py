"""A point in a phase, and how a batch of them is brought to an end, whatever the launcher does."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nasamp.search.jobs import heartbeat, ledger
from nasamp.search.plan.space import Point
from nasamp.training import checkpoints

POLL_SECONDS = 1.0
LAUNCHES = 2  # by one command
TRIES = 5  # by any; a job that kills the process of its search lets the next command begin with the others
HOPELESS = {"new": "it was not started, or ended from outside, twice", "torn": "its process was killed again and again"}


@dataclass(frozen=True)
class Job:
    """A point in a phase; ``memory_bytes`` is the most that its training takes."""

    point: Point
    folder: Path
    identity: str
    overrides: tuple[str, ...]
    memory_bytes: float

    @property
    def state(self) -> ledger.State:
        """How far it came."""
        return ledger.state(self.folder, self.identity)

    @property
    def result(self) -> dict[str, Any]:
        """The row of a job that is done."""
        return ledger.read(self.folder / ledger.RESULT)

    @property
    def checkpoint(self) -> Path:
        """Where a later phase goes on: at the end of the level rate."""
        stable = self.folder / checkpoints.STABLE
        return (stable if stable.exists() else self.folder / checkpoints.LAST).resolve()

    @property
    def error(self) -> str:
        """The first line of why a job failed."""
        return f"{ledger.read(self.folder / ledger.ERROR).get('error', '')}\n".partition("\n")[0]

    @property
    def tries(self) -> int:
        """How many processes in a row were killed at the same place."""
        return int(heartbeat.read(self.folder).get("tries", 0))

    def tidy(self) -> None:
        """Forget that it failed, and the mark of a process that was killed when the result stood already."""
        ledger.tidy(self.folder, self.identity)

    def fail(self, reason: str) -> None:
        """Write error.json."""
        ledger.fail(self.folder, self.identity, reason)


def finish(jobs: Sequence[Job], launch: Callable[[Sequence[Job]], None], *, is_apart: bool = False) -> None:
    """Launch until every job is done or failed; only the ledger says which.

    A killed worker tears its neighbours too, so that what a batch left over is launched again one by one, unless
    jobs are apart from each other. Jobs that run already, in a process that outlived another command, are waited for.
    """
    launches: Counter[Path] = Counter()
    while pending := [(job, state) for job in jobs if (state := job.state) not in ("done", "failed")]:
        ready = [job for job, state in sorted(pending, key=lambda each: each[1] == "torn") if state != "running"]
        if not ready:
            time.sleep(POLL_SECONDS)
        elif hopeless := [job for job in ready if launches[job.folder] >= LAUNCHES or job.tries >= TRIES]:
            for job in hopeless:
                job.fail(HOPELESS[job.state])
        else:
            batch = [job for job in ready if not launches[job.folder]] or (ready if is_apart else ready[:1])
            launches.update(job.folder for job in batch)
            try:
                launch(batch)
            except KeyboardInterrupt:
                for job in batch:
                    if job.state == "torn":  # its worker was ended on purpose
                        heartbeat.remove(job.folder)
                raise
