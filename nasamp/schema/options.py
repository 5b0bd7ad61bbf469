"""What there is to say about an option that a config group does not have."""

from collections.abc import Iterable
from pathlib import PureWindowsPath

from nasamp.schema.checking import did_you_mean


def no_such_option(group: str, option: str, there: Iterable[str]) -> str:
    """Return one line: the nearest option, or where a path belongs that was typed instead of a name.

    >>> no_such_option("search", "pok", ["poc", "custom"])
    "search=pok: no such option; did you mean 'poc'?"
    >>> no_such_option("data", "my.wav", ["recording", "synthetic"])
    'data=my.wav: takes a name, not a path; type search.name=AMP data=recording data.input=DRY.wav data.output=WET.wav'
    """
    name = PureWindowsPath(option).stem  # knows both kinds of slashes
    if name == option:
        return f"{group}={option}: no such option{did_you_mean(option, there)}"
    if name in there:
        advice = f"type {group}={name}"
    elif group == "data" and not option.endswith((".yaml", ".yml")):
        advice = "type search.name=AMP data=recording data.input=DRY.wav data.output=WET.wav"
    else:
        advice = f"a YAML of your own as FOLDER/{group}/{name}.yaml: --config-dir FOLDER {group}={name}"
    return f"{group}={option}: takes a name, not a path; {advice}"
