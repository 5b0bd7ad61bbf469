"""Reads the W&B runs in a search's folder as rows; parsed files are cached."""

import hashlib
import json
import logging
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from nasamp.atomic import write_text
from nasamp.quantities import QUANTITIES
from nasamp.tracking import run_file
from nasamp.tracking.rows import row

KEPT = Path("wandb") / "rows.json"  # in the search's folder
_PLACES = ("run-*.wandb", "*/run-*.wandb", "wandb/**/run-*.wandb")  # W&B's own, and a folder with copies of them
JOB_TYPE = "pareto"  # of the run of an analysis; also the tag of the runs on the front
SILENT_SECONDS = 600.0  # an unfinished run counts as crashed when its file has not changed for this long
_ENTRY = {"id", "job", "row", "stamp"}  # of a file in KEPT
_STATES = {None: "running", 0: "finished"}

log = logging.getLogger(__name__)


def read_runs(folder: Path) -> list[dict[str, Any]]:
    """Return a row per job that has a run under a folder, with the columns of quantities.py.

    Of two files of one run the finished one counts, then the newer; of two runs of one job, with different settings,
    the newer. A truncated file gives what can be read, and no row where it does not name its job. ``status`` is
    "running" where no end was recorded, and "crashed" where the file has not changed for ``SILENT_SECONDS`` either.
    ``wandb`` is the run's page, else its folder inside the search's.
    """
    before, now = _kept(folder), {}
    for path in sorted({path for places in _PLACES for path in folder.glob(places)}):
        place = path.relative_to(folder).as_posix()
        with suppress(OSError):  # a resumed job removes its unfinished run; a link may be broken
            stat = path.stat()
            stamp, known = [stat.st_size, stat.st_mtime_ns], before.get(place, {})
            now[place] = known if known.get("stamp") == stamp else _parsed(path, place) | {"stamp": stamp}
    if now != before:
        _keep(folder, now)
    jobs: dict[str, dict[str, Any]] = {}
    trained = [entry for entry in now.values() if entry["row"]["name"] and entry["row"]["phase"] != JOB_TYPE]
    for entry in sorted(trained, key=lambda entry: int(entry["stamp"][1])):
        other = jobs.get(entry["job"])
        if not (other and other["id"] == entry["id"] and _is_finished(other) and not _is_finished(entry)):
            jobs[entry["job"]] = entry
    return [_with_crashes(entry) for entry in jobs.values()]


def offline_project(folder: Path) -> str | None:
    """Return the W&B project of a search's offline runs; None where there are none."""
    runs = sorted((folder / "wandb").glob("offline-run-*/run-*.wandb"))
    return next((project for path in runs if (project := run_file.read_run(path).get("project"))), None)


def _parsed(path: Path, place: str) -> dict[str, Any]:
    run = run_file.read_run(path)
    found = row(run, _STATES.get(run["exit_code"], "failed"))
    found["wandb"] = found["wandb"] or place.rpartition("/")[0]
    return {"id": run.get("id"), "job": f"{run.get('group')}/{run.get('job_type')}/{run.get('name')}", "row": found}


def _is_finished(entry: dict[str, Any]) -> bool:
    return bool(entry["row"]["status"] == "finished")


def _with_crashes(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the row, with the status crashed where an unfinished run has been silent for long."""
    found = cast(dict[str, Any], entry["row"])
    is_silent = time.time() - entry["stamp"][1] / 1e9 > SILENT_SECONDS
    return found | {"status": "crashed"} if found["status"] == "running" and is_silent else found


def _kept(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the entries that an earlier call parsed, by file; empty where unreadable or of another version."""
    try:
        content = json.loads((folder / KEPT).read_text("utf-8"))
        known = content["files"] if content["reader"] == _reader() else {}
        return {place: entry for place, entry in known.items() if entry.keys() >= _ENTRY and entry["row"].keys()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _keep(folder: Path, parsed: dict[str, dict[str, Any]]) -> None:
    if (folder / KEPT).parent.is_dir():
        try:
            write_text(folder / KEPT, json.dumps({"reader": _reader(), "files": parsed}))
        except OSError as error:  # a read-only folder
            log.info("parsed runs are not cached: %s", error)


def _reader() -> str:
    """Return a hash of the parsing code and of the columns that it fills."""
    content = hashlib.sha256(repr(list(QUANTITIES.values())).encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        content.update(path.read_bytes())
    return content.hexdigest()
