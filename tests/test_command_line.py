"""The program as its users run it: a subprocess in an empty folder."""

import json
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from nasamp import __version__

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["model.layrs=5"], "model.layrs: model has no 'layrs'; did you mean 'layers'?"),
        (["+model.layrs=5"], "model.layrs: model has no 'layrs'; did you mean 'layers'?"),
        (["phase=ful"], "phase=ful: no such option; did you mean 'full'?"),
        (["model.layers=5,6"], "model.layers: several values need -m"),
        (["seed=1,2"], "add -m: python -m nasamp -m seed=1,2"),
        (
            ["data=my.wav"],
            "data=my.wav: takes a name, not a path; type search.name=AMP data=recording data.input=DRY.wav",
        ),
        (["model=./mine.yaml"], "model=./mine.yaml: takes a name, not a path; a YAML of your own as FOLDER/model/mine"),
        (["-m", "model=wavenet,my/net.yaml"], "--config-dir FOLDER model=net"),
        (["-m", "search=conf/search/poc.yaml"], "takes a name, not a path; type search=poc"),
        (["results/poc"], "results/poc: needs a key, as in KEY=results/poc"),
        (["model.layers=0"], "model.layers=0: must be 1 to 64"),
        (["model.causal=maybe"], "model.causal=maybe: must be true or false"),
        (["search=poc"], "add -m: python -m nasamp -m search=poc"),
        (
            ["seed=1,2", "data.name=it's (1)", "hydra.verbose=false"],
            """-m seed=1,2 'data.name=it'"'"'s (1)' hydra.verb""",
        ),
        (["-m", "search=poc", "phase=quick", "schedule=smoke"], "type one of them"),
        (["-m", "logger=csv,none"], "logger: applies to the whole search"),
        (["-m", "model.implementation=fused,torch"], "model.implementation: applies to the whole search"),
        (["model.implementation=cuda"], "model.implementation=cuda: must be auto, fused, torch"),
        (
            ["model.implementation=fused", "model.causal=false"],
            "model.implementation=fused: supports causal networks only",
        ),
        (["-m", "search=pok"], "search=pok: no such option; did you mean 'poc'?"),
        (["-m", "model=wavenet,lstm"], "model=lstm: no such option"),
        (["data=recording", "data.input=a.wav"], "both are required"),
        (["data.input=a.wav"], "need data=recording"),
        (["-m", "search=poc", "search.phases=[{phase: quick, keep: 2}]"], "keep=2 must be more than 0 and at most 1"),
        (
            ["-m", "search=poc", "search.phases=[{phase: quick, at_least: 0}]"],
            "at_least=0 must be a whole number, at least 1",
        ),
        (
            ["-m", "search=poc", "search.phases=[{phase: quick, kep: 1}]"],
            "keep: share that advances, at_least: models}",
        ),
        (["phase.length.epochs=5", "phase.length.steps=10"], "phase.length: epochs=5 and steps=10"),
        (
            ["-m", "schedule=smoke", "phase.length.steps=100"],
            "phase smoke_full: its length of 100 steps includes the 100 of smoke, which it continues",
        ),
        (["phase.length.steps=250"], "must divide phase.length.steps=250, as 50 does"),
        (["--confg-dir", "mine"], "--confg-dir: no such flag; did you mean '--config-dir'?"),
        (["launcher=slum"], "launcher=slum: no such option; did you mean 'slurm'?"),
        (["export.gear_type=guitar"], "export.gear_type=guitar: must be amp, pedal, pedal_amp"),
        (["data.longest_part_seconds=0"], "data.longest_part_seconds=0: must be 1 to 36,000"),
        (["data.device=fuzz"], "data.device=fuzz: must be overdrive, screamer, muff, tube or null"),
        (["callbacks=[1,[2]]"], "callbacks=[1,[2]]: cannot be read; a group takes the name of one of its options"),
        (["+callbacks.x=3"], "callbacks.x=3: must be {_target_: class, ...}; ~callbacks.x removes it"),
        (["+callbacks.x._target_=3"], "callbacks.x={'_target_': 3}: must be {_target_: class, ...}"),
        (["loss.terms.esr=3"], "loss.terms.esr: must be {_target_: function, weight: number, ...}"),
        (["loss.terms.esr._target_=3"], "loss.terms.esr: must be {_target_: function, weight: number, ...}"),
    ],
)
def test_a_mistake_gives_one_line_and_nothing_is_written(nasamp, tmp_path, arguments, words):
    done = nasamp(*arguments)
    assert words in done.stderr, done.stderr
    assert done.stderr.startswith("error: ")
    assert (done.returncode, done.stderr.count("\n"), list(tmp_path.iterdir())) == (2, 1, [])


@pytest.mark.parametrize("launcher", ["slurm", "ray"])
def test_a_missing_launcher_plugin_names_the_extra_to_install(nasamp, tmp_path, launcher):
    hide = """
import pkgutil, runpy
find, hidden = pkgutil.walk_packages, ("submitit_launcher", "ray_launcher")
pkgutil.walk_packages = lambda *args, **names: (
    one for one in find(*args, **names) if not any(name in one.name for name in hidden)
)
runpy.run_module("nasamp", run_name="__main__")
"""
    (tmp_path / "without.py").write_text(hide)
    done = nasamp(f"launcher={launcher}", module="without")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert f"launcher={launcher} needs a plugin that is not installed: pip install 'nasamp[{launcher}]'" in done.stderr


def test_every_file_that_cannot_be_read_is_named(nasamp, tmp_path):
    done = nasamp("data=recording", "data.input=a=b, c (1).wav", "data.output=d.wav")
    found = [line.partition("; ")[0] for line in done.stderr.splitlines()]
    assert found == [f"error: {name}: cannot be read: there is no such file" for name in ("a=b, c (1).wav", "d.wav")]
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])


def test_every_wrong_point_of_a_grid_is_named_and_none_is_run(nasamp, tmp_path):
    done = nasamp("-m", "model.layers=5,0,abc")
    assert done.returncode == 2
    assert [line.split(":")[1].strip() for line in done.stderr.splitlines()] == ["model.layers=0", "model.layers=abc"]
    assert not list(tmp_path.iterdir())


def test_the_dry_run_of_poc_shows_its_known_numbers_and_writes_nothing(nasamp, tmp_path):
    done = nasamp("-m", "search=poc", "search.dry_run=true")
    assert "10 of 12 points valid" in done.stdout
    assert "1.43-11.59 ms, 5,537-24,929 parameters" in done.stdout
    assert not list(tmp_path.iterdir())


def test_a_typed_value_removes_an_axis_and_a_typed_list_replaces_it(nasamp):
    done = nasamp("-m", "search=poc", "model.layers=8", "model.channels=16,48,48", "search.dry_run=true")
    assert "2 of 2 points valid" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--cfg", "job"], ["-m", "search=poc", "search.dry_run=true"]],
    ids=["help", "cfg", "dry_run"],
)
def test_commands_that_train_nothing_import_no_heavy_library(nasamp, tmp_path, arguments):
    spy = """
import sys, runpy
try:
    runpy.run_module("nasamp", run_name="__main__")
finally:
    print("heavy:", sorted({"torch", "pytorch_lightning", "wandb", "pandas", "scipy"} & set(sys.modules)))
"""
    (tmp_path / "spy.py").write_text(spy)
    done = nasamp(*arguments, module="spy")
    assert "heavy: []" in done.stdout, done.stdout[-500:] + done.stderr


@pytest.mark.parametrize(
    ("module", "config"), [("nasamp", "config"), ("nasamp.pareto", "pareto"), ("nasamp.check", "check")]
)
def test_help_shows_commands_and_every_option_of_the_groups(nasamp, module, config):
    done = nasamp("--help", module=module)
    groups = {
        group for entry in OmegaConf.load(ROOT / f"conf/{config}.yaml").defaults if entry != "_self_" for group in entry
    }
    lines = {line.partition(":")[2].strip() for line in done.stdout.splitlines()}
    for group in groups - {group for group in groups if group.startswith("override ")}:
        assert ", ".join(sorted(path.stem for path in (ROOT / "conf" / group).glob("*.yaml"))) in lines, group
    assert done.stdout.count(f"python -m {module} ") >= 3


@pytest.mark.parametrize("module", ["nasamp", "nasamp.pareto"])
def test_the_version_is_that_of_the_package(nasamp, module):
    assert nasamp("--version", module=module).stdout == f"nasamp {__version__}\n"


@pytest.mark.long
def test_a_length_in_epochs_applies_under_a_recipe_in_steps(nasamp, tmp_path):
    small = ["model.layers=3", "model.channels=3", "data.seconds=10", "logger=none", "search.name=5150"]
    done = nasamp(*small, "phase.length.epochs=1")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "results/5150/quick/L3_C3_K3/result.json").read_text())["epochs"] == 1


def test_ten_thousand_points_are_all_listed(nasamp):
    grid = ["model.layers=5,6", "model.channels=range(1,101)", "model.kernel_size=range(2,52)"]
    done = nasamp("-m", *grid, "search.dry_run=true")
    assert sum(line.endswith("kept") for line in done.stdout.splitlines()) == 10_000


def test_the_pareto_app_refuses_several_values_and_folders_without_runs(nasamp, tmp_path):
    several = nasamp("runs=a", "objectives=cpu,original", module="nasamp.pareto").stderr
    assert "objectives=cpu,original: takes one value; for several, use python -m nasamp -m" in several
    assert "this app runs once" in nasamp("-m", "runs=a", module="nasamp.pareto").stderr
    assert "no such folder" in nasamp("runs=a", module="nasamp.pareto").stderr
    (tmp_path / "a").mkdir()
    empty = nasamp("runs=a", module="nasamp.pareto")
    assert (empty.returncode, "holds no runs" in empty.stderr) == (1, True)


@pytest.mark.parametrize("module", ["nasamp.pareto", "nasamp.status"])
@pytest.mark.parametrize("typed", ["results", "results/poc/full"])
def test_a_folder_above_or_inside_a_search_gives_an_error_that_names_the_search(nasamp, tmp_path, module, typed):
    (tmp_path / "results" / "poc" / "full").mkdir(parents=True)
    (tmp_path / "results" / "poc" / "search.yaml").write_text("name: poc")
    done = nasamp(f"runs={typed}", module=module)
    advice = f"did you mean runs={Path('results/poc')}?"
    assert done.stderr == f"error: runs={Path(typed)}: not the folder of a search; {advice}\n"
    assert done.returncode == 2


def test_online_runs_without_a_key_are_refused_before_anything_starts(nasamp, tmp_path, monkeypatch):
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "none"))
    done = nasamp("logger.mode=online", "data.seconds=12")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "Or set WANDB_API_KEY, or logger.mode=offline" in done.stderr
    assert not list(tmp_path.iterdir())
