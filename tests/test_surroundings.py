"""Commands under unusual conditions: Python's flags, environment variables, and closed or full output streams."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import soundfile

from nasamp.command_line import surroundings
from nasamp.errors import ConfigError
from nasamp.models import accelerators
from nasamp.training import process

ROOT = Path(__file__).parents[1]
SMALL = ["model.layers=3", "model.channels=3", "phase=smoke", "data.seconds=10", "logger=none", "launcher=basic"]


@pytest.fixture
def shell(tmp_path, cache):
    """Return a function that runs a command of a POSIX shell; $NASAMP starts the program."""
    own = {"NASAMP": f"{sys.executable} -m nasamp", "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(cache)}

    def run(line, **environment):
        return subprocess.run(
            ["sh", "-c", line],
            cwd=tmp_path,
            env=os.environ | own | environment,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )

    return run


def test_warnings_that_python_turns_into_errors_are_ignored(monkeypatch):
    monkeypatch.setattr(sys, "warnoptions", ["error"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        process.restore_default_warnings()
        warnings.warn("deprecated", DeprecationWarning, stacklevel=1)


def test_a_closed_stream_and_a_notebooks_backend_are_replaced(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    surroundings.prepare()
    with sys.stdout as stdout:
        assert stdout.name == os.devnull
    assert os.environ["MPLBACKEND"] == "agg"


def test_a_name_that_is_not_valid_utf_8_is_refused():
    with pytest.raises(ConfigError, match=r"data\.input=\\udcff\.wav: is not valid UTF-8; set PYTHONUTF8=1, or rename"):
        surroundings.refuse(["data.input=\udcff.wav"])


@pytest.mark.parametrize("accelerator", ["cuda", "mps"])
def test_a_missing_device_is_named(monkeypatch, accelerator):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    assert f"trainer.accelerator={accelerator}: PyTorch" in str(accelerators.problem(accelerator))
    assert accelerators.problem("auto") is accelerators.problem("cpu") is None


@pytest.mark.long
def test_a_missing_device_is_refused_before_anything_is_written(nasamp, tmp_path):
    if accelerators.problem("mps") is None:
        pytest.skip("this machine has Apple's GPU")
    done = nasamp(*SMALL, "trainer.accelerator=mps")
    assert (done.returncode, done.stderr.count("\n"), list(tmp_path.iterdir())) == (2, 1, []), done.stderr


@pytest.mark.long
@pytest.mark.parametrize("switch", ["-O", "-OO"])
def test_python_without_assertions_is_refused(shell, switch):
    done = shell(f"{sys.executable} {switch} -m nasamp.status runs=x")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "start Python without -O" in done.stderr


@pytest.mark.long
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("where", ["| head -1", "> /dev/full", ">&- <&-"])
def test_a_search_trains_even_if_its_output_cannot_be_written(shell, tmp_path, where):
    done = shell(f"$NASAMP -m {' '.join(SMALL)} model.layers=3,4 {where}")
    assert "Traceback" not in done.stderr
    assert len(list(tmp_path.glob("results/custom/smoke/*/result.json"))) == 2, done.stderr


@pytest.mark.long
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_an_app_whose_output_cannot_be_written_reports_it(shell):
    assert shell(f"$NASAMP {' '.join(SMALL)}").returncode == 0
    full = shell("$NASAMP.status runs=results/single > /dev/full")
    assert (full.returncode, full.stderr.count("\n")) == (2, 1), full.stderr
    early = shell("$NASAMP.status runs=results/single | head -c 1")
    assert (early.returncode, early.stderr) == (0, "")


@pytest.mark.long
@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "cp1252", "COLUMNS": "1"}
        | {"MPLBACKEND": "module://matplotlib_inline.backend_inline", "TMPDIR": "/nowhere", "HOME": "/proc/nowhere"},
        {"PYTHONWARNINGS": "error", "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"},
        {"PYTHONDEVMODE": "1", "PYTHONSAFEPATH": "1", "HYDRA_FULL_ERROR": "1"},
    ],
    ids=lambda environment: next(iter(environment)),
)
def test_training_check_and_report_work_in_any_environment(shell, tmp_path, environment):
    noise = 0.3 * np.random.default_rng(0).standard_normal(12 * 48_000)
    for name, signal in (("dry 日本.wav", noise), ("wet Ü.wav", np.tanh(3 * noise) / 2)):
        soundfile.write(tmp_path / name, signal, 48_000, subtype="PCM_24")
    sized = " ".join(each for each in SMALL if "seconds" not in each)
    files = "data=recording 'data.input=dry 日本.wav' 'data.output=wet Ü.wav'"
    for line, codes in [
        ("$NASAMP.check 'input=dry 日本.wav' 'output=wet Ü.wav'", (0, 4)),
        (f"$NASAMP {sized} {files} search.name=Ü日", (0,)),
        ("$NASAMP.pareto runs=results/Ü日 source=results", (0,)),
    ]:
        done = shell(line, **environment)
        assert done.returncode in codes, done.stderr
        assert "Traceback" not in done.stderr
