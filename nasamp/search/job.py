"""A point in a phase, and how a batch of them is brought to an end, whatever the launcher does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nasamp.search import ledger
from nasamp.search.space import Point


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

    @property
    def error(self) -> str:
        """The first line of why a job failed."""
        return f"{ledger.read(self.folder / ledger.ERROR).get('error', '')}\n".partition("\n")[0]

    def fail(self, reason: str) -> None:
        """Write error.json."""
        ledger.fail(self.folder, self.identity, reason)


def finish(jobs: Sequence[Job], launch: Callable[[Sequence[Job]], None]) -> None:
    """Launch until every job is done or failed; only the ledger says which."""
    for job in jobs:
        if job.state == "failed":
            ledger.forget_failure(job.folder)
    while new := [job for job in jobs if job.state == "new"]:
        launch(new)
        if all(job.state == "new" for job in new):
            for job in new:
                job.fail("the launcher did not start it")
    for job in jobs:  # a killed worker tears its neighbours too: alone, each is judged by itself
        while job.state == "torn":
            if ledger.tries(job.folder) >= ledger.TRIES:
                job.fail(f"its process was killed {ledger.TRIES} times")
            else:
                launch([job])
