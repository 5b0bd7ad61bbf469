"""The checkpoints in a job's folder: their names, and how one is read. Torch is imported only to read one."""

import pickle
import struct
from pathlib import Path
from typing import Any

from nasamp.errors import JobError

BEST = "best.ckpt"  # of the best validation so far
LAST = "last.ckpt"  # of the last validation: training continues from it
STABLE = "stable.ckpt"  # of the last validation before the learning rate falls: a later phase starts from it

_TORN = (  # what a wrong byte leads to, by its place
    *(pickle.UnpicklingError, struct.error, RuntimeError, EOFError, OSError, ValueError, LookupError),
    *(TypeError, AttributeError, ArithmeticError, AssertionError),
)


class UnreadableError(JobError):
    """A file that is absent, torn or not a checkpoint; the message gives the reason, in one line."""


def read(path: Path) -> dict[str, Any]:
    """Return the content of a checkpoint, with its tensors on the CPU.

    Raises:
        UnreadableError: where it cannot be read.
    """
    import torch

    try:
        content = torch.load(path, map_location="cpu", weights_only=True)  # anything else could run code
    except _TORN as error:
        raise UnreadableError((str(error) or repr(error)).splitlines()[0]) from None
    if not isinstance(content, dict):
        raise UnreadableError(f"holds a {type(content).__name__}")
    return content
