"""Every command of the README is one that the program takes."""

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


def test_the_readme_shows_the_commands_of_the_makefile():
    text = "\n".join(LINES)
    assert all(f"make {target}" in text for target in ("demo", "test"))
    assert len(COMMANDS) >= 6
