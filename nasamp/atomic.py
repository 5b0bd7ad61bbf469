"""Writes files atomically, so that they are complete or absent: under a temporary name, then renamed."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nasamp.errors import ConfigError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path with the same extension; it is renamed to ``path`` when the block succeeds.

    Folders are created as needed. After an exception an existing file is unchanged.

    Raises:
        ConfigError: where ``path`` is a folder, or a parent of it is a file.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise ConfigError(
            f"{path}: one of its folders is a file; rename or remove that file, or choose another path"
        ) from None
    if path.is_dir():
        raise ConfigError(f"{path}: is a folder, but a file is needed here; rename or remove it")
    draft = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield draft
        draft.replace(path)
    except OSError as error:
        error.filename = str(path)  # not the draft's name, and a full disk gives none
        raise
    finally:
        draft.unlink(missing_ok=True)


def same_file(path: Path, others: Iterable[Path]) -> Path | None:
    """Return which of the others is the same file as a path: by another spelling, a link, or another case.

    ``new/../dry.wav`` is ``dry.wav`` even if ``new`` does not exist yet: folders are created before a file is written.
    """
    place = real(path)
    return next((other for other in others if place.exists() and other.exists() and place.samefile(other)), None)


def real(path: Path) -> Path:
    """Return a path with links and dots resolved; ``Path.resolve`` raises for a circle of links."""
    return Path(os.path.realpath(path))


def refuse_overwriting(key: str, folder: Path, names: Iterable[str], read: Iterable[Path]) -> None:
    """Refuse a folder for results that is a file, or where writing these names would overwrite a file that is read.

    Raises:
        ConfigError: names the key.
    """
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{key}={folder}: is a file; name a folder")
    known = list(read)
    for own in (same_file(folder / name, known) for name in names):
        if own:
            raise ConfigError(f"{key}={folder}: would overwrite {own}; name another folder")


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8, atomically."""
    with replacing(path) as draft:
        draft.write_text(text, "utf-8")
