"""The progress line of a search: jobs done, best score, time left; read from the jobs' folders."""

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from nasamp.search.estimate import Estimate
from nasamp.search.jobs import heartbeat, ledger
from nasamp.search.terminal.text import duration

POLL_SECONDS = 0.5  # between polls of the jobs' folders, at least


@contextmanager
def shown(phase: str, folders: Sequence[Path], column: str, estimate: Estimate) -> Iterator[None]:
    """Show a phase's progress and the search's time left while the block runs; without a terminal, a line per job."""
    progress = _Progress(phase, folders, column, estimate)
    stopped = threading.Event()
    thread = threading.Thread(target=_show, args=(progress, stopped), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


class _Progress:
    """The progress of a phase, in words."""

    def __init__(self, phase: str, folders: Sequence[Path], column: str, estimate: Estimate) -> None:
        self._phase, self._column, self._estimate = phase, column, estimate
        self._waiting = list(folders)
        self._total = len(folders)
        self._best = (float("inf"), "")
        self.finished()  # jobs of an earlier command get no line

    def finished(self) -> list[str]:
        """Return a line for each job that ended since the last call."""
        lines = []
        for folder in list(self._waiting):
            result, error = ledger.read(folder / ledger.RESULT), ledger.read(folder / ledger.ERROR)
            if result or error:
                self._waiting.remove(folder)
                lines.append(self._line(folder, result, str(error.get("error", ""))))
        return lines

    def now(self) -> tuple[str, float]:
        """Return the progress line, and the finished share of the phase, 0..1."""
        ended = self._total - len(self._waiting)
        parts = [heartbeat.read(folder).get("done", 0.0) for folder in self._waiting]
        share = (ended + sum(parts)) / self._total
        left = self._estimate.seconds_left()
        best = f", best {self._column} {self._best[0]:.4g} ({self._best[1]})" if self._best[1] else ""
        time_left = f", about {duration(left)} left in total" if left else ""
        return f"{self._phase}: {ended} of {self._total} jobs done{best}{time_left}", share

    def running(self) -> list[tuple[str, float]]:
        """Return the name and finished share of each running job."""
        marks = [(folder.name, heartbeat.read(folder)) for folder in self._waiting]
        return [(name, float(content.get("done", 0.0))) for name, content in marks if content]

    def _line(self, folder: Path, result: dict[str, object], error: str) -> str:
        place = f"{self._phase} {self._total - len(self._waiting)}/{self._total}  {folder.name}"
        if error:
            return f"{place}  failed: {error.splitlines()[0]}"
        value = ledger.number(result, self._column)
        self._best = min(self._best, (value, folder.name))
        return f"{place}  {self._column} {value:.4g}  ({duration(ledger.number(result, 'training_seconds'))})"


def _show(progress: _Progress, stopped: threading.Event) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    console = Console(file=sys.stderr)
    with Progress(
        BarColumn(20),
        TextColumn("{task.description}"),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as bars:
        search = bars.add_task("", total=1.0)
        jobs: dict[str, int] = {}
        poll_seconds = 0.0
        while True:
            is_last = stopped.wait(max(POLL_SECONDS, 10 * poll_seconds))  # reading ten thousand folders is slow
            began = time.monotonic()
            for line in progress.finished():
                console.print(line, highlight=False, markup=False, soft_wrap=True)
            line, share = progress.now()
            bars.update(search, description=line, completed=share)
            running = dict(progress.running())
            for name in jobs.keys() - running.keys():
                bars.remove_task(jobs.pop(name))  # type: ignore[arg-type]
            for name, done in running.items():
                if name not in jobs:
                    jobs[name] = bars.add_task(name, total=1.0)
                bars.update(jobs[name], completed=done)  # type: ignore[arg-type]
            if is_last:
                return
            poll_seconds = time.monotonic() - began
