"""Files that are whole or absent: written under a temporary name, then renamed."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nasamp.errors import ConfigError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path with the same ending; it becomes ``path`` when the block ends well.

    Folders are made as needed. After an exception the earlier file, if any, stands unchanged.

    Raises:
        ConfigError: where a folder has the file's name, or a file that of its folder.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise ConfigError(
            f"{path}: a file stands where this needs a folder; rename or remove that, or choose another"
        ) from None
    if path.is_dir():
        raise ConfigError(f"{path}: is a folder, where a file is to be written; rename or remove it")
    draft = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield draft
        draft.replace(path)
    except OSError as error:
        error.filename = str(path)  # a full disk names none, and a draft is nobody's concern
        raise
    finally:
        draft.unlink(missing_ok=True)


def same_file(path: Path, others: Iterable[Path]) -> Path | None:
    """Return which of the others a path would overwrite: itself by another spelling, a link to it, or another case.

    ``new/../dry.wav`` is ``dry.wav`` also where there is no ``new`` yet: folders are made before a file is written.
    """
    place = real(path)
    return next((other for other in others if place.exists() and other.exists() and place.samefile(other)), None)


def real(path: Path) -> Path:
    """Return where a path leads, without links and dots; ``Path.resolve`` raises for a circle of links."""
    return Path(os.path.realpath(path))


def refuse_overwriting(key: str, folder: Path, names: Iterable[str], read: Iterable[Path]) -> None:
    """Refuse a folder for results that is a file, or in which one of these names is a file that is read.

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
