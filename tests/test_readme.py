"""Every command of the README and the documents is one that the program takes."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import soundfile

ROOT = Path(__file__).parents[1]
LINES = (ROOT / "README.md").read_text().splitlines()
APPS = ("nasamp.pareto", "nasamp.render", "nasamp.benchmark", "nasamp.check", "nasamp.status")
ALL = [line.partition("python -m ")[2] for line in LINES if "python -m nasamp" in line]
COMMANDS = [command for command in ALL if not command.startswith(APPS)]
OTHERS = [command for command in ALL if command.startswith(APPS)]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
SETTINGS = re.compile(r"`(my_conf/\S+\.yaml|search/mine\.yaml)`.*?```yaml\n(.*?)```", re.DOTALL)  # files of one's own


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_is_taken(nasamp, tmp_path, command):
    for name in ("dry.wav", "wet.wav"):
        soundfile.write(tmp_path / name, np.random.default_rng(0).uniform(-0.5, 0.5, 500_000), 44_100)
    module, *arguments = shlex.split(command)
    assert module == "nasamp"
    if "--cfg" not in arguments:
        arguments.append("search.dry_run=true")
    done = nasamp(*arguments)
    assert done.returncode == 0, done.stderr
    assert "points valid" in done.stdout or "--cfg" in arguments


@pytest.mark.parametrize("command", OTHERS)
def test_the_settings_of_another_apps_command_are_known(nasamp, command):
    module, *arguments = shlex.split(command)
    done = nasamp("--cfg", "job", *arguments, module=module)
    assert done.returncode == 0, done.stderr


def commands_of(page: Path) -> list[str]:
    """Return what stands behind python -m in a page's blocks and sentences; ... and NAME stand for something else."""
    text = page.read_text("utf-8").replace("\\\n", " ")
    found = re.findall(r"(?:^|`|bin/)python -m (nasamp[^`\n#]*)", text, re.MULTILINE)
    return [command.strip() for command in found if "..." not in command and "=VALUE" not in command]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_settings_of_a_documents_commands_are_known(nasamp, tmp_path, page):
    for name, text in SETTINGS.findall(page.read_text("utf-8")):
        path = tmp_path / "my_conf" / name.removeprefix("my_conf/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name in ("dry.wav", "wet.wav", "input.flac", "output.flac"):
        soundfile.write(tmp_path / name, np.zeros(500_000), 44_100)
    for command in dict.fromkeys(commands_of(page)):
        if "launcher=ray" in command:
            continue  # its plugin needs an environment of its own: tests/test_ray.py
        module, *arguments = shlex.split(command)
        if not {"--help", "--cfg"} & set(arguments):
            arguments = [*arguments, "search.dry_run=true"] if module == "nasamp" else ["--cfg", "job", *arguments]
        done = nasamp(*arguments, module=module)
        assert done.returncode == 0, f"{command}\n{done.stderr}"


def test_the_documents_hold_commands():
    assert sum(len(commands_of(page)) for page in PAGES) > 30


def test_the_readme_shows_the_commands_of_the_makefile():
    text = "\n".join(LINES)
    assert all(f"make {target}" in text for target in ("demo", "test"))
    assert len(COMMANDS) >= 6
