"""Converts command-line arguments: quoted for Hydra, or for a shell."""

import itertools
import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Quote, QuotedString
from hydra.errors import HydraException

from nasamp.errors import ConfigError
from nasamp.schema.keys import Leaves, did_you_mean, is_path, is_text, key_of

FLAGS = ("-m", "--multirun", "-h", "--help", "--hydra-help", "--version", "--resolve", "-sc", "--shell-completion")
FLAGS_WITH_VALUE = ("-c", "--cfg", "-p", "--package", "-cd", "--config-dir", "-cn", "--config-name", "-i", "--info")
_QUOTED = r"""('(\\.|[^'\\])*'|"(\\.|[^"\\])*")"""
_ALL_QUOTED = re.compile(rf"{_QUOTED}(,{_QUOTED})*")
_ONE_OF_TWO = re.compile(r"\+*((?:phase\.length|recipe\.\w+)\.)(epochs|steps)=(?!null$)")


def command(arguments: Iterable[str], module: str = "nasamp") -> str:
    """Return an app's command line with these arguments, quoted for a shell.

    >>> command(["-m", "data.input=Bounce (1).wav"])
    "python -m nasamp -m 'data.input=Bounce (1).wav'"
    """
    return shlex.join(["python", "-m", module, *arguments])


def upload_command(folder: Path) -> str:
    """Return the command that uploads a search's offline runs to W&B; the shell expands the star.

    >>> upload_command(Path("results/my amp"))
    "wandb sync 'results/my amp/wandb'/offline-run-*"
    """
    return f"wandb sync {shlex.quote(str(folder / 'wandb'))}/offline-run-*"


def recording_arguments(typed: Sequence[str]) -> list[str]:
    """Return the check app's arguments that also apply to training: flags, and groups and keys of the recording.

    >>> recording_arguments(["input=dry.wav", "folder=out", "data.gap_seconds=0.2", "--config-dir", "mine"])
    ['--config-dir', 'mine', 'data=recording', 'data.input=dry.wav', 'data.gap_seconds=0.2']
    """
    arguments = [re.sub(r"^(\+*)(input|output)=", r"\1data.\2=", argument) for argument in flags_first(typed)]
    first = next((number for number, each in enumerate(arguments) if "=" in each and each[0] != "-"), len(arguments))
    ours = [each for each in arguments[first:] if re.match(r"[+~]*(data|hydra)\b", each)]
    group = [] if any(re.match(r"\+*data=", each) for each in ours) else ["data=recording"]
    return [*arguments[:first], *group, *ours]


def for_hydra(typed: Sequence[str], known: Leaves) -> list[str]:
    """Return the arguments for Hydra: flags first, paths and texts quoted, implied overrides added."""
    arguments = [quote_text(quote_path(argument, known), known) for argument in flags_first(typed)]
    return [*arguments, *implied(arguments)]


def flags_first(typed: Sequence[str]) -> list[str]:
    """Return the arguments with Hydra's flags and their values before the overrides.

    >>> flags_first(["seed=1", "--config-dir", "mine", "-m", "seed=2"])
    ['--config-dir', 'mine', '-m', 'seed=1', 'seed=2']
    """
    flags, overrides, rest = [], [], iter(typed)
    for argument in rest:
        name = argument.partition("=")[0]
        if not argument.startswith("-"):
            overrides.append(argument)
        elif name not in {*FLAGS, *FLAGS_WITH_VALUE}:
            raise ConfigError(f"{argument}: no such flag{did_you_mean(name, [*FLAGS, *FLAGS_WITH_VALUE])}")
        else:
            flags += [argument, *(itertools.islice(rest, 1) if argument in FLAGS_WITH_VALUE else ())]
    return [*flags, *overrides]


def implied(arguments: Sequence[str]) -> list[str]:
    """Return the overrides that others imply: a length in epochs sets the one in steps to null, and vice versa.

    >>> implied(["phase.length.epochs=5"])
    ['phase.length.steps=null']
    >>> implied(["phase.length.epochs=5", "phase.length.steps=100"])
    []
    """
    typed = set(map(key_of, arguments))
    matches = [match for argument in arguments if (match := _ONE_OF_TWO.match(argument))]
    others = [match[1] + ("steps" if match[2] == "epochs" else "epochs") for match in matches]
    return [f"{other}=null" for other in others if other not in typed]


def quote_path(argument: str, known: Leaves) -> str:
    """Quote the value of a path key for Hydra, so that any file name can be typed unquoted.

    Values that are quoted already, and null, are left unchanged.

    >>> known = {"data.input": (Path, None)}
    >>> quote_path("data.input=a=b, c (1).wav", known)
    "data.input='a=b, c (1).wav'"
    >>> quote_path("data=amp1,amp2", known)
    'data=amp1,amp2'

    A group with a key ``path`` is that key. If it has other keys too, a word that is no file is an option.

    >>> quote_path("model=amp.nam", {"model.path": (Path, None)})
    "model.path='amp.nam'"
    >>> quote_path("model=a2_full", {"model.path": (Path, None), "model.layers": (int, None)})
    'model=a2_full'

    A list for a group with a key ``columns`` sets that key.

    >>> quote_path("objectives=[a,b]", {"objectives.columns": (list, None)})
    'objectives.columns=[a,b]'
    """
    key, equals, value = argument.partition("=")
    if value.startswith("[") and f"{key}.columns" in known:
        return f"{key}.columns={value}"
    if key not in known and is_path(f"{key}.path", known) and not _is_option(key, value, known):
        key = f"{key}.path"
        argument = f"{key}{equals}{value}"
    if not equals or not is_path(key.lstrip("+"), known) or value in ("", "null", "???"):
        return argument
    if _ALL_QUOTED.fullmatch(value):
        return re.sub(r"(?<!\\)\$\{", r"\\${", argument)
    return f"{key}={quoted(value)}"


def _is_option(group: str, value: str, known: Leaves) -> bool:
    has_others = any(key.startswith(f"{group}.") and key != f"{group}.path" for key in known)
    return has_others and re.fullmatch(r"\w+", value) is not None and value != "null" and not Path(value).exists()


def quote_text(argument: str, known: Leaves) -> str:
    """Quote the value of a text key where Hydra would parse a number or a boolean, or fail.

    >>> known = {"search.name": (str, None)}
    >>> quote_text("search.name=200_0,null,amp", known)
    "search.name='200_0',null,amp"
    >>> quote_text("search.name=Joe (lead)", known)
    "search.name='Joe (lead)'"
    """
    key, _, value = argument.partition("=")
    if not is_text(key.lstrip("+"), known):
        return argument
    if _parsed(argument, "override") is None:
        return f"{key}={quoted(value)}"
    choice = re.fullmatch(r"choice\(([^()]*)\)", value)
    listed = choice[1] if choice else value
    if re.search(r"""["'()\[\]{}]""", listed):
        return argument
    values = ",".join(quoted(each.strip()) if _is_number_or_bool(each) else each for each in listed.split(","))
    return f"{key}={f'choice({values})' if choice else values}"


def quoted(text: str) -> str:
    """Return text quoted so that Hydra reads it back unchanged, also ``${``, which is then no reference."""
    literal = re.sub(r"(\\*)\$\{", lambda match: f"{match[1] * 2}\\${{", text)
    return QuotedString(literal, Quote.single).with_quotes()


def in_hydras_syntax(value: Any) -> str:
    """Return a value of a config, also a list or a mapping, as it stands behind the = of an override.

    >>> in_hydras_syntax([{"channels": 3, "activation": "Tanh", "head": {"bias": True}}, None])
    '[{channels:3,activation:Tanh,head:{bias:true}},null]'
    """
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{key}:{in_hydras_syntax(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list):
        return f"[{','.join(map(in_hydras_syntax, value))}]"
    if not isinstance(value, str):
        return json.dumps(value)
    is_word = re.fullmatch(r"[A-Za-z]\w*", value) and value != "null" and not _is_number_or_bool(value)
    return value if is_word else quoted(value)


def _is_number_or_bool(value: str) -> bool:
    return isinstance(_parsed(value.strip(), "primitive"), bool | int | float)


def _parsed(text: str, rule: str) -> Any:
    """Return the value that a rule of Hydra's grammar reads from a text; None if it does not match."""
    try:
        return OverridesParser.create().parse_rule(text, rule)
    except HydraException:
        return None
