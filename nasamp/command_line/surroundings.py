"""Prepares the process: closed standard streams, encodings, environment variables, Python's flags."""

import os
import sys
import warnings
from pathlib import Path

from nasamp.errors import ConfigError
from nasamp.training import process


def prepare() -> None:
    """Make standard streams, matplotlib and warnings work wherever the process was started."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by the shell; the next opened file would get its descriptor
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # most code pages lack letters
    os.environ["MPLBACKEND"] = "agg"  # a notebook's backend cannot be imported here; no app opens a window
    process.restore_default_warnings()
    warnings.filterwarnings("ignore", r"Glyph .* missing from font")  # in a recording's name; matplotlib draws a box


def refuse(typed: list[str]) -> None:
    """Raise ConfigError for flags of Python or arguments with which the command cannot work."""
    if sys.flags.optimize:
        raise ConfigError("Hydra needs its assertions: start Python without -O, and without PYTHONOPTIMIZE")
    for argument in typed:
        try:
            argument.encode()
        except UnicodeEncodeError:
            shown = argument.encode(errors="backslashreplace").decode()
            raise ConfigError(f"{shown}: is not valid UTF-8; set PYTHONUTF8=1, or rename the file") from None
