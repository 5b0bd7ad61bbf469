"""Which folder holds a search: one is analysed, and no parent of several and no part of one."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from nasamp.errors import ConfigError
from nasamp.search.jobs import ledger
from nasamp.search.search_file import FILE

_UP, _DOWN, _SHOWN = 4, 3, 8  # levels that are looked at, and folders that are named


def refuse_another(runs: Path) -> None:
    """Raise ConfigError where ``runs`` is no folder, or lies above or inside of one that holds a search."""
    if _holds(runs):
        return
    if near := _above(runs) or list(islice(_below(runs if runs.is_dir() else _existing(runs)), _SHOWN + 1)):
        more = ", ..." if len(near) > _SHOWN else ""
        raise ConfigError(f"runs={runs}: {_what(runs)}; there is {', '.join(map(_typed, near[:_SHOWN]))}{more}")
    if not runs.is_dir():
        raise ConfigError(f"runs={runs}: {_what(runs)}; name the folder of a search, one under results/")


def _what(runs: Path) -> str:
    if not runs.exists():
        return "there is no such folder"
    return "is no search's folder" if runs.is_dir() else "is a file, and no search's folder"


def _typed(folder: Path) -> str:
    return f"runs={folder}"


def _holds(folder: Path) -> bool:
    """Return whether a folder holds a search, be it without its search.yaml."""
    if (folder / FILE).exists():
        return True
    return any(any(folder.glob(f"*/*/{name}")) for name in (ledger.RESULT, ledger.ERROR))


def _above(runs: Path) -> list[Path]:
    """Return the nearest folder above that holds a search, relative where ``runs`` is."""
    is_inside = any(any(runs.glob(f"{inner}{name}")) for inner in ("", "*/") for name in (ledger.RESULT, ledger.ERROR))
    for folder in list(runs.absolute().parents)[:_UP]:
        if (folder / FILE).exists() or (is_inside and _holds(folder)):
            return [folder if runs.is_absolute() else Path(os.path.relpath(folder))]
    return []


def _below(folder: Path, levels: int = _DOWN) -> Iterator[Path]:
    """Yield the folders below that hold a search."""
    try:
        inside = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    except OSError:
        return
    for path in inside:
        if _holds(path):
            yield path
        elif levels > 1:
            yield from _below(path, levels - 1)


def _existing(path: Path) -> Path:
    """Return the nearest folder above that is there."""
    return next(folder for folder in [*path.parents, Path()] if folder.is_dir())
