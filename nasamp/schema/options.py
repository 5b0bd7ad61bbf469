"""The error message for an option that a config group does not have."""

from collections.abc import Iterable
from pathlib import PureWindowsPath

from nasamp.schema.keys import did_you_mean


def no_such_option(group: str, option: str, available: Iterable[str]) -> str:
    """Return one line that suggests the closest option, or what to type where a path was given for a name.

    >>> no_such_option("search", "pok", ["poc", "custom"])
    "search=pok: no such option; did you mean 'poc'?"
    >>> no_such_option("data", "my.wav", ["recording", "synthetic"])
    'data=my.wav: takes a name, not a path; type search.name=AMP data=recording data.input=DRY.wav data.output=WET.wav'
    """
    name = PureWindowsPath(option).stem  # splits at / and \\
    if name == option:
        return f"{group}={option}: no such option{did_you_mean(option, available)}"
    if name in available:
        advice = f"type {group}={name}"
    elif group == "data" and not option.endswith((".yaml", ".yml")):
        advice = "type search.name=AMP data=recording data.input=DRY.wav data.output=WET.wav"
    else:
        advice = f"a YAML of your own as FOLDER/{group}/{name}.yaml: --config-dir FOLDER {group}={name}"
    return f"{group}={option}: takes a name, not a path; {advice}"
