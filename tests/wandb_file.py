"""Small .wandb files, written as W&B does, without starting it."""

import json
import struct
from pathlib import Path
from typing import Any

from wandb.proto.wandb_internal_pb2 import Record


def write(
    path: Path,
    *,
    run: str = "abc",
    name: str = "search_001_L5_C16_K3",
    phase: str = "full",
    config: dict[str, Any] | None = None,
    summary: dict[str, Any] | None = None,
    exit_code: int | None = 0,
) -> Path:
    """Write one run; without an exit code its end is missing."""
    begins, middle, ends = Record(), Record(), Record()
    begins.run.run_id, begins.run.display_name, begins.run.run_group = run, name, "poc"
    begins.run.job_type = phase
    for key, value in (config or {}).items():
        begins.run.config.update.add(key=key, value_json=json.dumps(value))
    for key, value in ({"val/esr": 0.5} if summary is None else summary).items():
        middle.summary.update.add(nested_key=[key], value_json=json.dumps(value))
    records = [begins, middle]
    if exit_code is not None:
        ends.exit.exit_code = exit_code
        records.append(ends)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b":W&B\x00\x00\x00" + b"".join(_chunk(record.SerializeToString()) for record in records))
    return path


def place(folder: Path, run: str) -> Path:
    """Return where W&B writes a run of a search."""
    return folder / "wandb" / f"offline-run-20260101_000000-{run}" / f"run-{run}.wandb"


def _chunk(content: bytes) -> bytes:
    return struct.pack("<IHB", 0, len(content), 1) + content
