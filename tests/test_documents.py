"""Every command of the documents runs in the form that is printed, in the order of its page, with short trainings.

Shortened are the trainings alone, see ``documents.shortened``. Only composed, not run, is what needs a cluster or a
server: launcher=slurm, launcher=ray, source=server.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import documents
import pytest
from documents import ROOT, Text
from fuzzing import run

pytestmark = [pytest.mark.long, pytest.mark.skipif(os.name == "nt", reason="the commands are a POSIX shell's")]

TEXTS = {text.name: text for text in documents.texts() if any("nasamp" in line for line in text.commands())}
ELSEWHERE = ("launcher=slurm", "launcher=ray", "source=server")
ENDS = {"nasamp.check": {0, 4}}  # 12 s are few, which it warns about


@pytest.fixture(scope="module")
def search(tmp_path_factory, cache):
    """Return a small search of two phases, for pages that read results which another page made."""
    folder = tmp_path_factory.mktemp("search")
    typed = ["-m", "search=poc", "search.name=made", "search.constraints.min_parameters=null"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("XDG_CACHE_HOME", str(cache))
        done = run("nasamp", *documents.shortened(typed))
    assert done.code in (0, "returned"), done.printed
    return folder / "results" / "made"


def walk(text: Text, folder: Path, search: Path) -> None:
    """Run a text's commands; test_newcomer.py types everything else on these pages."""
    for printed in text.commands():
        command = documents.stand_in(printed, folder, search)
        if command.startswith("python -m nasamp"):
            follow(printed, *documents.arguments(command))
        elif command.startswith(("eval", "wandb leet inspect")):
            places = [str(Path(sys.executable).parent), os.environ["PATH"]]
            environment = os.environ | {"PATH": os.pathsep.join(places), "PYTHONPATH": str(ROOT)}
            command = re.sub("^wandb", f"{sys.executable} -m wandb", command)
            done = subprocess.run(
                ["bash", "-ec", command], env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{printed}\n{done.stdout[-1000:]}{done.stderr[-1000:]}"


def follow(printed: str, module: str, typed: list[str]) -> None:
    """Run one command of an app."""
    if "launcher=ray" in typed:
        return  # its plugin needs an environment of its own: tests/test_ray.py
    if "benchmark.engine=nam-wasm" in typed and not (shutil.which("node") and documents.NODE_MODULES.exists()):
        return  # needs node, and what make test installs
    shows = {"--help", "--cfg"} & set(typed) or "search.dry_run=true" in typed
    if not typed or (module == "nasamp.render" and len(typed) == 1):
        return  # a name of the app, not a command
    if set(ELSEWHERE) & set(typed) and not shows:
        typed = [*typed, "search.dry_run=true"] if module == "nasamp" else ["--cfg", "job", *typed]
    elif module == "nasamp" and not shows:
        typed = documents.shortened(typed)
    elif module == "nasamp.benchmark" and not shows:
        typed = [*typed, "benchmark.seconds=0.05"]
    done = run(module, *typed)
    code = 0 if done.code == "returned" else done.code
    assert code in ENDS.get(module, {0}), f"{printed}\nrun with {typed}\n{done.printed[-2000:]}"
    assert not done.faults(), done.printed


@pytest.mark.parametrize("name", TEXTS)
def test_the_commands_of_a_text_run_in_their_order(tmp_path, monkeypatch, search, cache, name):
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    if name.endswith("--help"):  # examples beside each other
        for number, command in enumerate(TEXTS[name].commands()):
            begin(tmp_path / str(number), monkeypatch, one := Text(name, f"```\n{command}\n```\n"))
            walk(one, tmp_path / str(number), search)
    else:
        begin(tmp_path / "page", monkeypatch, TEXTS[name])
        walk(TEXTS[name], tmp_path / "page", search)


def begin(folder: Path, monkeypatch: pytest.MonkeyPatch, text: Text) -> None:
    """Make the folder that a reader works in."""
    (folder / "results").mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))
    documents.own_files(text, folder)
    documents.audio(folder, text)


def test_every_text_with_commands_is_walked():
    assert {"README.md", "docs/index.md", "docs/guides/extend.md", "nasamp --help"} <= TEXTS.keys()
    assert not re.search(
        r"^ {4,}python -m", "\n".join(text.content for text in TEXTS.values() if "--help" not in text.name)
    )
