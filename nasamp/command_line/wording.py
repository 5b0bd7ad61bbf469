"""Rewrites errors of Hydra and OmegaConf as one clear line."""

import re

from hydra.errors import MissingConfigException, OverrideParseException
from omegaconf.errors import OmegaConfBaseException

from nasamp.errors import NasampError
from nasamp.schema.keys import Leaves, unknown
from nasamp.schema.options import no_such_option


def raised_by_hydra(error: BaseException) -> bool:
    """Return whether an error was raised inside Hydra or OmegaConf, so that it is about the command line."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals.get("__name__", "").startswith(("hydra.", "omegaconf."))


def message(error: Exception, known: Leaves, typed: list[str]) -> str:
    """Return one line for an error: where, what was found, what is allowed."""
    text, cause = str(error).strip(), error.__cause__
    if isinstance(error, NasampError):
        return text
    if isinstance(error, MissingConfigException) and (line := _missing_option(error, typed)):
        return line
    if isinstance(cause, OmegaConfBaseException) and (found := re.match(r"Could not override '([^']+)'", text)):
        is_ours = found[1] not in known and not found[1].startswith("hydra.")
        return f"{found[1]}: {unknown(found[1], known) if is_ours else str(cause).splitlines()[0]}"
    if found := re.match(r"(?:Ambiguous value for argument|Sweep parameters) '([^']+)'", text):
        return f"{found[1]}: takes one value; for several, use python -m nasamp -m"
    if found := re.match(r"In 'launcher/(\w+)': ", text):
        return f"launcher={found[1]}: a file chooses another hydra/launcher; write `override /launcher: NAME` in it"
    if isinstance(error, OverrideParseException) and "=" not in (error.override or ""):
        return f"{error.override}: needs a key, as in KEY={error.override}; --help shows the keys"
    if isinstance(error, OverrideParseException):
        return (
            f"{error.override}: cannot be read as key=value; a value with spaces or special characters needs quotes: "
            "\"key='value'\""
        )
    if isinstance(error, TypeError) and (lists := [argument for argument in typed if "=[" in argument]):
        return f"{lists[0]}: cannot be read; a group takes the name of one of its options, or a list of names"
    lines = [line.strip() for line in f"{text}\n{cause or ''}".splitlines() if line.strip()]
    return ": ".join(lines[:2])


def _missing_option(error: MissingConfigException, typed: list[str]) -> str:
    missing = error.missing_cfg_file or ""
    group, _, option = missing.rpartition("/")
    if group == "hydra/launcher":
        extra = option.removeprefix("submitit_")
        return f"launcher={extra} needs a plugin that is not installed: pip install 'nasamp[{extra}]'"
    if group and error.options is not None:
        own = [argument.partition("=") for argument in typed if argument.replace("=", "/", 1) == missing]
        group, _, option = own[0] if own else (group, "=", option)  # a path has slashes too
        return no_such_option(group, option, error.options)
    return ""
