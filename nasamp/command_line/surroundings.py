"""What a command finds around itself: Python's switches, streams that are closed or full, encodings."""

import os
import sys
import warnings
from pathlib import Path

from nasamp.errors import ConfigError
from nasamp.training import process


def settle() -> None:
    """Make the process independent of where it was started."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by the shell; the next file that is opened would get its number
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a code page lacks most letters
    os.environ["MPLBACKEND"] = "agg"  # a notebook's is not importable here; no app opens a window
    process.forgive_warnings()
    warnings.filterwarnings("ignore", r"Glyph .* missing from font")  # of a recording's name; a box stands for it


def refuse(typed: list[str]) -> None:
    """Raise ConfigError where the command cannot work as it was started."""
    if sys.flags.optimize:
        raise ConfigError("Hydra needs its assertions: start Python without -O, and without PYTHONOPTIMIZE")
    for argument in typed:
        try:
            argument.encode()
        except UnicodeEncodeError:
            shown = argument.encode(errors="backslashreplace").decode()
            raise ConfigError(f"{shown}: is no UTF-8; set PYTHONUTF8=1, or rename the file") from None
