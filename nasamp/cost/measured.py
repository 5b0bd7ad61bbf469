"""Measured speeds of architectures in a search's folder (speed.json), by engine and machine. No torch.

A search measures before it starts its jobs, which read this file: a job that runs beside others would measure wrongly.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nasamp.architecture import Architecture
from nasamp.atomic import write_text
from nasamp.benchmark.engines import Engine, described
from nasamp.benchmark.machine import machine

FILE = "speed.json"
Columns = dict[str, Any]


def key(architecture: Architecture, engine: Engine, *, blocks: Sequence[int], seconds: float, sample_rate: int) -> str:
    """Return the key of a measurement: everything that it depends on, in one line."""
    how = {
        "architecture": asdict(architecture),
        "engine": described(engine),
        "machine": machine(),
        "blocks": list(blocks),
        "seconds": seconds,
    }
    return json.dumps(how | {"sample_rate": sample_rate}, sort_keys=True)


def read(folder: Path) -> dict[str, Columns]:
    """Return all valid measurements by their key; empty where the file is missing or unreadable."""
    try:
        content = json.loads((folder / FILE).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    known = content if isinstance(content, dict) else {}
    return {key: columns for key, columns in known.items() if isinstance(columns, dict) and _is_measured(columns)}


def _is_measured(columns: Columns) -> bool:
    return isinstance(columns.get("rtf_mean"), float)


def write(folder: Path, measured: Mapping[str, Columns]) -> None:
    """Write all measurements."""
    write_text(folder / FILE, json.dumps(measured, indent=1))
