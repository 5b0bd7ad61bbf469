"""Files that are whole or absent: written under a temporary name, then renamed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path with the same ending; it becomes ``path`` when the block ends well.

    Folders are made as needed. After an exception the earlier file, if any, stands unchanged.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield draft
        draft.replace(path)
    except OSError as error:
        error.filename = str(path)  # a full disk names none, and a draft is nobody's concern
        raise
    finally:
        draft.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8, atomically."""
    with replacing(path) as draft:
        draft.write_text(text, "utf-8")
