"""W&B's environment variables, a home that cannot be written, and what leaves the machine."""

import os
import shutil
import subprocess
import sys

import pytest

from nasamp.errors import ConfigError
from nasamp.schema import Config, ParetoConfig, StatusConfig
from nasamp.schema.keys import leaves
from nasamp.tracking import environment

SMALL = ["model.layers=3", "model.channels=4", "trainer.accelerator=cpu", "data.seconds=12", "launcher=basic"]
SHORT = [*SMALL, "phase=smoke", "phase.length.steps=6", "phase.validate_every=3"]


def meant(typed=(), schema=Config, **variables):
    return environment.overrides(variables, leaves(schema), typed)


@pytest.mark.parametrize(
    ("mode", "meaning"),
    [("online", "online"), ("run", "online"), ("offline", "offline"), ("dryrun", "offline"), ("disabled", "disabled")],
)
def test_a_mode_of_wandb_is_logger_mode_unless_that_is_typed(mode, meaning):
    assert meant(WANDB_MODE=mode) == [f"logger.mode={meaning}"]
    assert meant(["logger.mode=offline"], WANDB_MODE=mode) == meant(["++logger.mode=x"], WANDB_MODE=mode) == []


def test_an_unknown_mode_gives_one_line_in_the_apps_that_know_wandb():
    for schema in (Config, ParetoConfig):
        with pytest.raises(ConfigError, match=r"^WANDB_MODE=bogus: must be one of online, offline, disabled, or not"):
            meant(schema=schema, WANDB_MODE="bogus")
    assert meant(schema=StatusConfig, WANDB_MODE="bogus") == meant(WANDB_MODE="") == []


def test_mode_disabled_skips_the_run_of_the_analysis_and_online_does_not():
    assert meant(schema=ParetoConfig, WANDB_MODE="disabled") == ["track=false"]
    assert meant(schema=ParetoConfig, WANDB_MODE="online") == []


def test_project_and_entity_are_those_of_the_environment_unless_typed():
    names = {"WANDB_PROJECT": "Bob's amps", "WANDB_ENTITY": "me"}
    assert meant(**names) == [r"logger.project='Bob\'s amps'", "logger.entity='me'"]
    assert meant(["logger.entity=you"], **names) == [r"logger.project='Bob\'s amps'"]


@pytest.mark.parametrize(
    ("name", "value"), [("WANDB_BASE_URL", "nonsense"), ("WANDB_INIT_TIMEOUT", "soon"), ("WANDB_CONSOLE", "tv")]
)
def test_a_variable_that_wandb_refuses_gives_one_line_before_the_first_job(name, value):
    with pytest.raises(ConfigError, match=f"^{name}: W&B refuses its value: .*; unset it, or type logger=none$"):
        environment.refuse_unreadable({name: value})
    environment.refuse_unreadable({"WANDB_NAME": "mine", "WANDB_RUN_ID": "1", "WANDB_TAGS": "a,b"})


def test_wandb_writes_elsewhere_only_where_its_own_folders_cannot_be_written(tmp_path, monkeypatch):
    names = ("WANDB_CACHE_DIR", "WANDB_CONFIG_DIR", "WANDB_DATA_DIR")
    monkeypatch.setattr(os, "environ", {"WANDB_DATA_DIR": "mine"})
    monkeypatch.setattr(environment, "_PLACES", {name: lambda _: tmp_path / "new" for name in names})
    environment.move_out_of_a_full_home()
    assert os.environ == {"WANDB_DATA_DIR": "mine"}
    (tmp_path / "file").touch()
    monkeypatch.setattr(environment, "_PLACES", {name: lambda _: tmp_path / "file" / "below" for name in names})
    environment.move_out_of_a_full_home()
    assert os.environ.pop("WANDB_DATA_DIR") == "mine"
    assert os.environ.keys() == {"WANDB_CACHE_DIR", "WANDB_CONFIG_DIR"}


@pytest.mark.long
def test_without_a_writable_home_a_search_and_its_report_are_complete_and_without_warnings(
    tmp_path, nasamp, monkeypatch
):
    monkeypatch.setenv("HOME", "/proc/nowhere")
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    variables = {"NAME": "mine", "RUN_ID": "1", "RUN_GROUP": "g", "RESUME": "must", "DIR": "/proc/no", "JOB_TYPE": "j"}
    for name, value in variables.items():
        monkeypatch.setenv(f"WANDB_{name}", value)
    assert nasamp(*SHORT, "search.name=amp").returncode == 0
    report = nasamp("runs=results/amp", module="nasamp.pareto")
    assert report.returncode == 0 and not report.stderr, report.stderr
    assert "the analysis is stored as a W&B run; to upload all runs:  wandb sync results" in report.stdout
    monkeypatch.setenv("WANDB_DATA_DIR", "/dev/null")
    report = nasamp("runs=results/amp", module="nasamp.pareto")
    assert report.returncode == 0 and not report.stderr, report.stderr
    assert "warning: the analysis was not stored as a W&B run: track=true; track=false leaves W&B out" in report.stdout
    assert "1 model, on the front" in report.stdout


@pytest.mark.long
def test_disabled_trains_and_reports_without_a_run_of_wandb(tmp_path, nasamp, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "disabled")
    assert nasamp(*SHORT, "search.name=amp").returncode == 0
    report = nasamp("runs=results/amp", module="nasamp.pareto")
    assert report.returncode == 0 and "1 model, on the front" in report.stdout
    assert not (tmp_path / "results" / "amp" / "wandb").exists()


@pytest.mark.long
@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
def test_an_offline_search_and_its_report_open_no_network_connection(tmp_path, program, monkeypatch):
    """strace sees W&B's own process too, which is no Python."""
    for name in ("WANDB_ERROR_REPORTING", "WANDB_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    environ = os.environ | program.environment
    for module, arguments in (("nasamp", [*SHORT, "search.name=amp"]), ("nasamp.pareto", ["runs=results/amp"])):
        trace = ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg", "-o", str(tmp_path / "trace")]
        command = [*trace, sys.executable, "-m", module, *arguments]
        subprocess.run(command, cwd=tmp_path, env=environ, check=True, capture_output=True)
        lines = (tmp_path / "trace").read_text(errors="replace").splitlines()
        assert any("AF_UNIX" in line for line in lines)  # W&B's two processes talk over this socket
        asked = [line for line in lines if "AF_INET" in line and '"127.0.0.1"' not in line and '"::1"' not in line]
        assert not asked
