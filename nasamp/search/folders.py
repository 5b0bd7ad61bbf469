"""Checks that a folder is that of one search, not a parent or a part of it."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from nasamp.errors import ConfigError
from nasamp.search.jobs import ledger
from nasamp.search.search_file import FILE

_UP, _DOWN, _SHOWN = 4, 3, 8  # levels searched in each direction, and folders named at most


def check_is_search(runs: Path) -> None:
    """Raise ConfigError if ``runs`` is not the folder of a search; the error names searches above or below it."""
    if _is_search(runs):
        return
    if near := _above(runs) or list(islice(_below(runs if runs.is_dir() else _existing(runs)), _SHOWN + 1)):
        more = ", ..." if len(near) > _SHOWN else ""
        listed = ", ".join(f"runs={folder}" for folder in near[:_SHOWN])
        raise ConfigError(f"runs={runs}: {_fault(runs)}; did you mean {listed}{more}?")
    if not runs.is_dir():
        raise ConfigError(f"runs={runs}: {_fault(runs)}; type the folder of a search, runs=results/NAME")


def _fault(runs: Path) -> str:
    if not runs.exists():
        return "no such folder"
    return "not the folder of a search" if runs.is_dir() else "a file, not the folder of a search"


def _is_search(folder: Path) -> bool:
    """Return whether a folder is that of a search, even without its search.yaml."""
    if (folder / FILE).exists():
        return True
    return any(any(folder.glob(f"*/*/{name}")) for name in (ledger.RESULT, ledger.ERROR))


def _above(runs: Path) -> list[Path]:
    """Return the nearest search above, or nothing; relative if ``runs`` is."""
    is_inside = any(any(runs.glob(f"{inner}{name}")) for inner in ("", "*/") for name in (ledger.RESULT, ledger.ERROR))
    for folder in list(runs.absolute().parents)[:_UP]:
        if (folder / FILE).exists() or (is_inside and _is_search(folder)):
            return [folder if runs.is_absolute() else Path(os.path.relpath(folder))]
    return []


def _below(folder: Path, levels: int = _DOWN) -> Iterator[Path]:
    """Yield the searches below a folder."""
    try:
        inside = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    except OSError:
        return
    for path in inside:
        if _is_search(path):
            yield path
        elif levels > 1:
            yield from _below(path, levels - 1)


def _existing(path: Path) -> Path:
    """Return the nearest folder above that exists."""
    return next(folder for folder in [*path.parents, Path()] if folder.is_dir())
