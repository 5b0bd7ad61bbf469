"""Hydra's own settings either apply or are refused with what to type instead, before Hydra writes its folders."""

from pathlib import Path

import pytest

from nasamp.errors import ConfigError
from nasamp.search.plan.hydra_keys import refuse_typed

CONF = Path(__file__).parents[1] / "conf"
FOLDERS = "type search.name=NAME for results/NAME, or hydra.sweep.dir=FOLDER"
LAUNCHER = "type launcher=NAME, or write `override /launcher: NAME` in a file"
LOGS = "each job logs to its train.log"


def judge(*typed: str, app: str = "config") -> None:
    refuse_typed(typed, CONF, app, is_search=app == "config")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("hydra.mode=RUN", "hydra.mode=RUN: only -m decides whether"),
        ("++hydra.mode=RUN", "hydra.mode=RUN: only -m decides whether"),
        ("hydra.run.dir=x", f"hydra.run.dir=x: {FOLDERS}"),
        ("~hydra.run.dir", f"~hydra.run.dir: {FOLDERS}"),
        ("hydra={run: {dir: x}}", f"hydra.run.dir=x: {FOLDERS}"),
        ("hydra.sweep.subdir=x", "hydra.sweep.subdir=x: a job's folder is named after its phase"),
        ("+hydra.sweeper.params.seed=1", "hydra.sweeper.params.seed=1: type the values after -m"),
        ("hydra/sweeper=basic", "hydra/sweeper=basic: type the values after -m"),
        ("hydra/launcher=basic", f"hydra/launcher=basic: {LAUNCHER}"),
        ("+hydra/launcher=submitit_local", f"hydra/launcher=submitit_local: {LAUNCHER}"),
        ("hydra.launcher._target_=a.B", f"hydra.launcher._target_=a.B: {LAUNCHER}"),
        ("hydra.launcher.n_jobs=2", "hydra.launcher.n_jobs=2: type launcher.n_jobs=2"),
        ("hydra.launcher.backend=threading", "each job needs a process of its own"),
        ("+hydra.launcher.pre_dispach=2", "this launcher has no 'pre_dispach'; did you mean 'pre_dispatch'?"),
        ("hydra/job_logging=none", f"hydra/job_logging=none: {LOGS}"),
        ("hydra/hydra_logging=disabled", f"hydra/hydra_logging=disabled: {LOGS}"),
        ("hydra.job_logging.root.level=DEBUG", f"hydra.job_logging.root.level=DEBUG: {LOGS}"),
        ("hydra.job.chdir=true", "hydra.job.chdir=True: jobs run in the folder where the command was typed"),
        ("hydra.job.name=x", "hydra.job.name=x: type search.name=NAME"),
        ("hydra.output_subdir=null", "hydra.output_subdir=None: the other apps read a job's settings"),
        ("hydra.help.app_name=x", "hydra.help.app_name=x: has no effect here"),
        ("hydra.verbose=5", "hydra.verbose=5: must be true, false, or names of loggers"),
        ("hydra.searchpath=mine", "hydra.searchpath=mine: must be a list of folders"),
        ("hydra.searchpath=[mine]", "hydra.searchpath: mine: no such folder"),
        ("hydra.job.env_copy=[NO_SUCH_VARIABLE]", "no such environment variable: 'NO_SUCH_VARIABLE'"),
    ],
)
def test_settings_without_effect_are_refused_in_one_line_that_suggests_what_to_type(typed, words):
    with pytest.raises(ConfigError) as refused:
        judge("-m", typed)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "typed",
    [
        "hydra.sweep.dir=elsewhere",
        "hydra.verbose=true",
        "hydra.verbose=[nasamp]",
        "hydra.job.chdir=false",
        "hydra.mode=MULTIRUN",
        "hydra.launcher.pre_dispatch=1",
        "+hydra.job.env_set.OMP_NUM_THREADS='1'",
        "+hydra.callbacks.mine._target_=hydra.experimental.callback.Callback",
    ],
)
def test_settings_with_effect_are_accepted(typed):
    judge(typed)


def test_the_keys_of_the_chosen_launcher_apply():
    pytest.importorskip("submitit")
    slurm = ["launcher=slurm", "hydra.launcher.partition=long", "hydra.launcher.name=x"]
    judge(*slurm, "+hydra.launcher.additional_parameters.nice=1")
    with pytest.raises(ConfigError, match=r"array_parallelism=9: type launcher\.n_jobs=9"):
        judge(*slurm, "hydra.launcher.array_parallelism=9")


@pytest.mark.parametrize("app", ["pareto", "check", "status", "render", "benchmark"])
@pytest.mark.parametrize(
    "typed", ["hydra.run.dir=x", "hydra.mode=MULTIRUN", "hydra.output_subdir=x", "hydra/job_logging=default"]
)
def test_the_other_apps_create_no_hydra_folder(app, typed):
    with pytest.raises(ConfigError, match="this app runs once, and Hydra writes no folder"):
        judge(typed, app=app)


@pytest.mark.parametrize(
    "flags",
    [
        ["--config-dir", "{}", "+experiment=e"],
        ["--config-dir={}", "-m", "+experiment=e"],
        ["hydra.searchpath=[{}]", "+experiment=e"],
        ["-cd", "{}", "-cn", "primary"],
    ],
)
def test_files_of_the_user_are_read_too(tmp_path, flags):
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "e.yaml").write_text("# @package _global_\nhydra: {mode: RUN, run: {dir: x}}\n")
    (tmp_path / "primary.yaml").write_text("defaults: [config, _self_]\nhydra: {mode: RUN, run: {dir: x}}\n")
    with pytest.raises(ConfigError) as refused:
        judge(*(flag.format(tmp_path) for flag in flags))
    assert [line.partition(":")[0] for line in str(refused.value).splitlines()] == ["hydra.run.dir=x", "hydra.mode=RUN"]


@pytest.mark.long
def test_a_command_that_hydra_would_run_by_itself_is_refused_and_writes_nothing(nasamp, tmp_path):
    done = nasamp("-m", "hydra.mode=RUN", "search.dry_run=true")
    assert (done.returncode, done.stderr.count("\n"), list(tmp_path.iterdir())) == (2, 1, []), done.stderr
    done = nasamp("runs=x", "hydra.run.dir=y", module="nasamp.pareto")
    assert (done.returncode, done.stderr.count("\n"), list(tmp_path.iterdir())) == (2, 1, []), done.stderr


@pytest.mark.long
def test_a_value_that_the_launcher_refuses_fails_no_job(nasamp, tmp_path):
    size = ["model.channels=3", "phase=smoke", "data.seconds=10", "logger=none"]
    done = nasamp("-m", "model.layers=3,4", *size, "hydra.launcher.batch_size=abc")
    assert done.stderr.startswith("error: hydra.launcher: batch_size must be"), done.stderr
    assert (done.returncode, list(tmp_path.glob("results/*/*/*/error.json"))) == (2, [])
