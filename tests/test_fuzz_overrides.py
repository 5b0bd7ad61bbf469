"""Odd commands: every key of every app with every kind of wrong value, and all that Hydra's grammar takes."""

import random
import shlex
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml
from fuzzing import changes, drawn, emptied, note, report, run, snapshot

from nasamp import schema
from nasamp.architecture import stack
from nasamp.export import nam
from nasamp.models import WaveNet
from nasamp.schema.keys import leaves

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[1]
ODD = yaml.safe_load((Path(__file__).parent / "odd_values.yaml").read_text("utf-8"))
LONG = ["a" * 300, "a" * 5000, "\udcff", "[" * 60 + "]" * 60]
VALUES = [ODD["numbers"], ODD["words"], ODD["signs"], ODD["references"], ODD["sweeps"], ODD["paths"], LONG]
FORMS = ["{0}={1}"] * 2 * len(ODD["forms"]) + ODD["forms"]
GROUPS = sorted(path.name for path in (ROOT / "conf").iterdir() if path.is_dir() and path.name != "hydra")
OPTIONS = {group: sorted(path.stem for path in (ROOT / "conf" / group).glob("*.yaml")) for group in GROUPS}
WRITTEN = {"nasamp": ["data.cache"], "nasamp.check": ["data.cache", "folder"]}
WRITTEN |= {app: ["output"] for app in ("nasamp.pareto", "nasamp.render")}
HEAVY = {"launcher": ["slurm", "ray"]}  # they wait for a cluster
APPS = {
    "nasamp": (
        schema.Config,
        [[], ["-m"], ["-m", "search=poc"], ["data=recording", "data.input=dry.wav", "data.output=wet.wav"]],
    ),
    "nasamp.check": (
        schema.CheckConfig,
        [["input=dry.wav", "output=wet.wav"], [], ["data=synthetic", "data.seconds=10"]],
    ),
    "nasamp.pareto": (schema.ParetoConfig, [["runs=folder"], ["runs=search", "source=results"], []]),
    "nasamp.status": (schema.StatusConfig, [["runs=search"], []]),
    "nasamp.render": (
        schema.RenderConfig,
        [["model=amp.nam", "input=dry.wav", "output=out.wav"], ["model=search/full/a"]],
    ),
    "nasamp.benchmark": (
        schema.BenchmarkConfig,
        [["model=amp.nam", "benchmark.seconds=0.05"], ["benchmark.seconds=0.05"]],
    ),
}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Return a folder to work in, in a folder of things that stay as they are."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    dry = np.random.default_rng(0).uniform(-0.5, 0.5, 96_000).astype(np.float32)
    for name, signal in (("dry", dry), ("wet", np.tanh(dry))):
        soundfile.write(folder / f"{name}.wav", signal, 8000, "FLOAT")
    (tmp_path / "x").write_text("stays")
    (folder / "file").write_text("stays")
    (folder / "folder").mkdir()
    (folder / "locked").mkdir(mode=0)
    (folder / "loop").symlink_to("loop")
    nam.write(folder / "amp.nam", WaveNet(stack(layers=2, channels=2, kernel_size=2)), sample_rate=8000, metadata={})
    (folder / "search").mkdir()
    (folder / "search" / "search.yaml").write_text("name: search\n")
    return folder


def mutated(draw: random.Random, app: str) -> list[str]:
    """Return the arguments of one command."""
    tree, bases = APPS[app]
    arguments = list(draw.choice(bases))
    for _ in range(draw.choice([1, 1, 1, 2, 2, 3, 5])):
        arguments.append(override(draw, list(leaves(tree)), app))
    if draw.random() < 0.15:
        arguments += draw.choice(ODD["flags"])
    if draw.random() < 0.05:
        draw.shuffle(arguments)
    return arguments


def override(draw: random.Random, keys: list[str], app: str) -> str:
    if app == "nasamp" and draw.random() < 0.25:
        group = draw.choice(GROUPS)
        options = [option for option in OPTIONS[group] if option not in HEAVY.get(group, ())]
        values = [*options, ",".join(options), "nope", "", "null", "../x", "a b", options[0] + ".yaml", "[a]", "{a: 1}"]
        return draw.choice(FORMS).format(group, draw.choice(values))
    key = draw.choice(
        keys if draw.random() < 0.85 else [*ODD["hydra"], "nope", "model", "data.limits.x", "a.b.c", "ü", "1", "data."]
    )
    return draw.choice(FORMS).format(key, draw.choice(draw.choice(VALUES)))


@pytest.mark.parametrize(("app", "count"), [("nasamp", 60), *((app, 25) for app in APPS if app != "nasamp")])
def test_no_command_ends_in_a_traceback_or_changes_files_of_others(place, app, count):
    faults, own = {}, [place / "results", place / "recording_check", place.parent / "cache"]
    before = snapshot(place.parent, own)
    for case, draw in drawn(app, count):
        arguments = mutated(draw, app)
        if app == "nasamp":
            arguments.append("search.dry_run=true")
        print(case, shlex.join(arguments), flush=True)
        found = run(app, *arguments)
        written = [place / value for value in outputs(app, arguments)]
        wrong = found.faults() + changes(before, snapshot(place.parent, own), written)
        note(faults, f"{case}: python -m {app} {shlex.join(arguments)}", wrong)
        emptied(*own[:2])
        for path in snapshot(place.parent, own).keys() - before.keys():
            emptied(Path(path))
    assert not faults, report(faults)


def outputs(app: str, arguments: list[str]) -> list[str]:
    """Return the paths that a command names for what it writes."""
    pairs = [argument.lstrip("+").partition("=") for argument in arguments]
    return [value.strip("'\"") for key, _, value in pairs if key in WRITTEN.get(app, ()) and value]
