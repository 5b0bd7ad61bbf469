"""Every command of the README, the documents and the --help texts is one that the programs take."""

import re
import shlex
from collections.abc import Callable

import documents
import pytest
from documents import ROOT, Text
from fuzzing import run

TEXTS = {text.name: text for text in documents.texts()}
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
EXTRAS = re.findall(r"^(\w+) = \[", (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
BESIDE = ("ray start", "python -m venv .venv", ". .venv/bin/activate", "python -m pytest", "eval", "wandb")


def nasamp(command: str) -> bool:
    """Return whether an app takes a command: a training only shows what it would do, other apps their settings."""
    module, typed = documents.arguments(command)
    if "launcher=ray" in typed:
        return True  # its plugin needs an environment of its own: tests/test_ray.py
    typed = [re.sub("^start.path=results/.*", "start.path=amp.nam", each) for each in typed]  # nobody has trained it
    if not {"--help", "--cfg"} & set(typed):
        typed = [*typed, "search.dry_run=true"] if module == "nasamp" else ["--cfg", "job", *typed]
    done = run(module, *typed)
    assert done.code in (0, "returned"), done.printed
    return "points valid" in done.printed or "search.dry_run=true" not in typed


RULES: dict[str, Callable[[str], object]] = {
    "python -m nasamp": nasamp,
    "make ": lambda command: re.search(rf"^{command.split()[1]}:", MAKEFILE, re.MULTILINE),
    "python benchmarks/": lambda command: (ROOT / command.split()[1]).exists(),
    "python docs/": lambda command: (ROOT / command.split()[1]).exists(),
    "pip install": lambda command: set(re.findall(r"\[(\w+)\]", command)) <= set(EXTRAS),
}
RULES |= {start: lambda command: True for start in BESIDE}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long) if name.startswith("docs/") else name for name in TEXTS]
)
def test_a_texts_commands_are_known(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    documents.own_files(TEXTS[name], tmp_path)
    documents.audio(tmp_path, TEXTS[name])
    documents.network(tmp_path)
    for command in dict.fromkeys(TEXTS[name].commands()):
        rules = [rule for start, rule in RULES.items() if command.startswith(start)]
        assert rules, f"{command}: no command that is known; a block of anything else names its language"
        assert rules[0](command), command
    assert not (tmp_path / "results").exists()


def test_the_documents_hold_commands():
    assert sum(len(text.commands()) for text in TEXTS.values()) > 70
    assert all(TEXTS[f"{app} --help"].commands() for app in documents.APPS)


def test_a_command_is_found_wherever_it_stands():
    block = "```\npython -m nasamp a=1 \\\n  b=2   # why\n\nmake x\n```\n```text\nmake no\n```\n"
    found = Text("", f"{block}`python -m nasamp.check\nc=3` and `python -m nasamp ...`, `nasamp`").commands()
    assert [shlex.split(command, comments=True)[2:] for command in found if "nasamp" in command] == [
        ["nasamp", "a=1", "b=2"],
        ["nasamp.check", "c=3"],
    ]
    assert [command for command in found if "nasamp" not in command] == ["make x"]


def test_the_readme_shows_the_commands_of_the_makefile():
    shown = TEXTS["README.md"].commands()
    assert {command.partition("#")[0].strip() for command in shown} >= {"make demo", "make test"}
