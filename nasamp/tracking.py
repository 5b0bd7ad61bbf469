"""Everything that knows Weights & Biases: how a run is described, and how offline runs are read back."""

import hashlib
import json
import shutil
import struct
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nasamp.errors import ConfigError
from nasamp.quantities import QUANTITIES
from nasamp.schema import Logger

_BLOCK = 32_768  # bytes, of LevelDB's log format
_CHUNK = struct.Struct("<IHB")  # checksum, length, kind
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_MAGIC = b":W&B"


def run_id(search_uid: str, identity: str, phase: str) -> str:
    """Return the id of a job's run: the same job, the same run."""
    return hashlib.sha256(f"{search_uid} {identity} {phase}".encode()).hexdigest()[:16]


def log_in() -> None:
    """Find the key of W&B's server, or ask for it in a terminal; raises ConfigError where there is none."""
    import wandb

    try:
        wandb.login()
    except wandb.Error as error:
        raise ConfigError(f"logger.mode=online: {error} Or set WANDB_API_KEY, or logger.mode=offline") from None
    wandb.teardown()  # its settings are fixed by the first use; the jobs want silent ones


def run_settings(
    logger: Logger, folder: Path, *, run: str, name: str, group: str, phase: str, config: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the arguments of Lightning's WandbLogger; ``folder`` gets the sub-folder wandb/."""
    import wandb

    wandb.setup(wandb.Settings(silent=True, mode=logger.mode))  # the terminal belongs to the search
    folder.mkdir(parents=True, exist_ok=True)
    for torn in (folder / "wandb").glob(f"offline-run-*-{run}"):  # two files of one id: the second would win
        shutil.rmtree(torn, ignore_errors=True)
    return {
        "save_dir": str(folder),
        "offline": logger.mode == "offline",
        "project": logger.project,
        "entity": logger.entity,
        "id": run,
        "name": name,
        "group": group,
        "job_type": phase,
        "tags": [phase, *map(str, logger.tags)],
        "config": dict(config),
        "settings": wandb.Settings(silent=True, console="off", x_disable_stats=True),
    }


def summarize(columns: Mapping[str, Any]) -> None:
    """Put a job's columns into the summary of the current run, under their W&B keys."""
    wandb = sys.modules.get("wandb")
    if wandb and wandb.run:
        wandb.run.summary.update({QUANTITIES[name].key: value for name, value in columns.items() if name in QUANTITIES})


def finish(exit_code: int) -> None:
    """Close the current run, or the next job of this process would go on writing into it."""
    wandb = sys.modules.get("wandb")
    if wandb and wandb.run:
        wandb.finish(exit_code=exit_code)


def read_runs(folder: Path) -> list[dict[str, Any]]:
    """Return a row per run under a folder, with the columns of quantities.py and ``history`` left out.

    A run that was written twice counts once, the finished and then the newer one. A torn file gives what was
    read; ``status`` is "running" where no end was recorded.
    """
    rows: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.rglob("run-*.wandb"), key=lambda path: path.stat().st_mtime):
        run = read_run(path)
        row = _row(run)
        key = run.get("id") or str(path)
        if key not in rows or row["status"] == "finished" or rows[key]["status"] != "finished":
            rows[key] = row
    return list(rows.values())


def read_run(path: Path) -> dict[str, Any]:
    """Return id, name, group, job_type, tags, config, summary and exit_code of one .wandb file."""
    from google.protobuf.message import DecodeError
    from wandb.proto.wandb_internal_pb2 import Record  # type: ignore[attr-defined]

    run: dict[str, Any] = {"path": str(path), "config": {}, "summary": {}, "exit_code": None}
    for raw in _records(path.read_bytes()):
        try:
            record = Record.FromString(raw)
        except DecodeError:
            break  # torn: what was read stands
        _take(record, run)
    return run | {part: _decoded(run[part]) for part in ("config", "summary")}


def _take(record: Any, run: dict[str, Any]) -> None:
    kind = record.WhichOneof("record_type")
    if kind == "run":
        described = record.run
        run |= {"id": described.run_id, "name": described.display_name, "group": described.run_group}
        run |= {"job_type": described.job_type, "tags": list(described.tags), "project": described.project}
        _update(run["config"], described.config.update)
    elif kind == "config":
        _update(run["config"], record.config.update)
    elif kind == "summary":
        _update(run["summary"], record.summary.update)
    elif kind == "exit":
        run["exit_code"] = record.exit.exit_code


def _update(values: dict[str, Any], items: Any) -> None:
    """Keep each value as JSON text: a summary is rewritten at every step, and only its last state is decoded."""
    for item in items:
        place, keys = values, item.nested_key or (item.key,)
        for parent in keys[:-1]:
            place = place.setdefault(parent, {})
        place[keys[-1]] = item.value_json


def _decoded(values: Any) -> Any:
    if isinstance(values, dict):
        return {key: _decoded(value) for key, value in values.items()}
    try:
        return json.loads(values)
    except ValueError:
        return values


def _row(run: Mapping[str, Any]) -> dict[str, Any]:
    states = {None: "running", 0: "finished"}
    row = {
        quantity.column: run["summary"].get(quantity.key, run["config"].get(quantity.column))
        for quantity in QUANTITIES.values()
    }
    named = {"name": run.get("name"), "phase": run.get("job_type"), "candidate": run["config"].get("candidate")}
    named["error"] = run["summary"].get("error")
    return row | named | {"status": states.get(run["exit_code"], "failed")}


def _records(content: bytes) -> Iterator[bytes]:
    """Yield the records of LevelDB's log format: 7 bytes of header, blocks of 32 KiB, chunks in them."""
    place, record = 7, bytearray()
    if content[:4] != _MAGIC:
        return
    while place + _CHUNK.size <= len(content):
        left = _BLOCK - place % _BLOCK
        if left < _CHUNK.size:
            place += left
            continue
        _, length, kind = _CHUNK.unpack_from(content, place)
        place += _CHUNK.size
        if kind not in (_FULL, _FIRST, _MIDDLE, _LAST) or place + length > len(content):
            return
        if kind in (_FULL, _FIRST):
            record = bytearray()
        record += content[place : place + length]
        place += length
        if kind in (_FULL, _LAST) and not _is_history(record):
            yield bytes(record)


def _is_history(record: bytearray) -> bool:
    """Return whether a record holds a step's metrics, which are many and not needed: nothing is decoded.

    A Record begins with ``num`` (field 1, a varint); the next tag says which kind it is (history is field 2).
    """
    place = 0
    if record[:1] == b"\x08":
        place = 1
        while place < len(record) and record[place] & 0x80:
            place += 1
        place += 1
    return record[place : place + 1] == b"\x12"
