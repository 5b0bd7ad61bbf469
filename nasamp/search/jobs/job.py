"""A training job, and the loop that runs a batch of them to completion on any launcher."""

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
MAX_LAUNCHES = 2  # of a job by one command
MAX_TRIES = 5  # of a job by all commands, without progress
_GIVEN_UP = {"new": "never started, or stopped from outside, twice", "interrupted": "its process was killed repeatedly"}


@dataclass(frozen=True)
class Job:
    """The training of one point in one phase; ``memory_bytes`` is its peak memory."""

    point: Point
    folder: Path
    identity: str
    overrides: tuple[str, ...]
    memory_bytes: float

    @property
    def state(self) -> ledger.State:
        """The state that its folder shows."""
        return ledger.state(self.folder, self.identity)

    @property
    def result(self) -> dict[str, Any]:
        """The content of result.json."""
        return ledger.read(self.folder / ledger.RESULT)

    @property
    def checkpoint(self) -> Path:
        """The checkpoint that the next phase continues from: before the learning rate decays."""
        stable = self.folder / checkpoints.STABLE
        return (stable if stable.exists() else self.folder / checkpoints.LAST).resolve()

    @property
    def error(self) -> str:
        """The first line of the error of a failed job."""
        return f"{ledger.read(self.folder / ledger.ERROR).get('error', '')}\n".partition("\n")[0]

    @property
    def tries(self) -> int:
        """How many attempts there were since the job last made progress."""
        return int(heartbeat.read(self.folder).get("tries", 0))

    def clear_leftovers(self) -> None:
        """Remove the files of an earlier attempt that would block this one, see ``ledger.clear_leftovers``."""
        ledger.clear_leftovers(self.folder, self.identity)

    def fail(self, reason: str) -> None:
        """Write error.json."""
        ledger.fail(self.folder, self.identity, reason)


def finish(jobs: Sequence[Job], launch: Callable[[Sequence[Job]], None], *, is_isolated: bool = False) -> None:
    """Launch jobs until each is done or failed, as its folder says.

    Jobs that already run, in a process that outlived another command, are waited for.

    Args:
        is_isolated: whether a job that is killed leaves the others running; if not, the unfinished rest of a batch is
            launched one by one.
    """
    launches: Counter[Path] = Counter()
    while pending := [(job, state) for job in jobs if (state := job.state) not in ("done", "failed")]:
        # interrupted jobs come last: one of them may kill this process again
        ready = [job for job, state in sorted(pending, key=lambda each: each[1] == "interrupted") if state != "running"]
        if not ready:
            time.sleep(POLL_SECONDS)
        elif given_up := [job for job in ready if launches[job.folder] >= MAX_LAUNCHES or job.tries >= MAX_TRIES]:
            for job in given_up:
                job.fail(_GIVEN_UP[job.state])
        else:
            batch = [job for job in ready if not launches[job.folder]] or (ready if is_isolated else ready[:1])
            launches.update(job.folder for job in batch)
            try:
                launch(batch)
            except KeyboardInterrupt:
                for job in batch:
                    if job.state == "interrupted":  # by the user
                        heartbeat.remove(job.folder)
                raise
