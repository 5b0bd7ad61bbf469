"""Reads a .wandb file: W&B's records in LevelDB's log format, for which W&B has no public reader."""

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_BLOCK = 32_768  # bytes, of LevelDB's log format
_CHUNK = struct.Struct("<IHB")  # checksum, length, kind
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_MAGIC = b":W&B"


def read_run(path: Path) -> dict[str, Any]:
    """Return id, name, group, job_type, tags, config, summary and exit_code of a .wandb file, as far as it is readable.

    Without any readable record there is no id.
    """
    from google.protobuf.message import DecodeError
    from wandb.proto.wandb_internal_pb2 import Record  # type: ignore[attr-defined]

    run: dict[str, Any] = {"path": str(path), "config": {}, "summary": {}, "exit_code": None}
    for raw in _records(_content(path)):
        try:
            record = Record.FromString(raw)
        except DecodeError:
            break  # truncated: the records before it count
        _take(record, run)
    return run | {part: _decoded(run[part]) for part in ("config", "summary")}


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # no permission, or a folder of that name
        return b""


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
    """Store values as JSON text; a summary is rewritten at every step, so only the last state is decoded."""
    for item in items:
        place, keys = values, item.nested_key or (item.key,)
        for parent in keys[:-1]:
            if not isinstance(place.get(parent), dict):
                place[parent] = {}
            place = place[parent]
        place[keys[-1]] = item.value_json


def _decoded(values: Any) -> Any:
    if isinstance(values, dict):
        return {key: _decoded(value) for key, value in values.items()}
    try:
        return json.loads(values)
    except (ValueError, RecursionError):
        return values


def _records(content: bytes) -> Iterator[bytes]:
    """Yield the records of a file in LevelDB's log format: a header of 7 bytes, then blocks of 32 KiB with chunks."""
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
    """Return whether a record holds the metrics of a step; these are many, not needed and not decoded.

    A Record begins with ``num`` (field 1, a varint); the next tag is its kind (history is field 2).
    """
    place = 0
    if record[:1] == b"\x08":
        place = 1
        while place < len(record) and record[place] & 0x80:
            place += 1
        place += 1
    return record[place : place + 1] == b"\x12"
