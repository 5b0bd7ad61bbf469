"""What is shipped, and that it runs from another folder however it was installed."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import hydra
import pytest

ROOT = Path(__file__).parents[1]
PIP = [sys.executable, "-m", "pip"]
BIN = "Scripts" if os.name == "nt" else "bin"
DRY_RUN = ["-m", "search=poc", "search.dry_run=true"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Return the built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"  # a build/ of earlier days would be packed too
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*", "build", "results", "node_modules"))
    command = [*PIP, "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module", params=["editable", "wheel", "checkout"])
def installed(request, tmp_path_factory):
    """Return the bin folder and the environment of a Python that has nasamp in one of three ways.

    A virtual environment that borrows the dependencies of this one, without its nasamp.
    """
    home = tmp_path_factory.mktemp(request.param)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    own = sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)})
    Path(own, "borrowed.pth").write_text(str(Path(hydra.__file__).parents[1]))
    what = {"editable": ["-e", str(ROOT)], "wheel": [], "checkout": []}[request.param]
    if request.param == "wheel":
        what = [str(request.getfixturevalue("wheel"))]
    if what:
        into = ["--python", str(home), "install", "--quiet", "--no-deps", "--ignore-installed"]
        subprocess.run([*PIP, *into, *what], check=True, capture_output=True)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return home / BIN, environment | ({"PYTHONPATH": str(ROOT)} if request.param == "checkout" else {})


def run(installed, folder, command):
    places, environment = installed
    program = shutil.which(command[0], path=str(places))
    return subprocess.run([program, *command[1:]], cwd=folder, env=environment, capture_output=True, text=True)


def test_the_wheel_holds_every_module_and_every_yaml(wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    parts = ("nasamp", "callbacks", "hydra_plugins")
    code = {path.relative_to(ROOT).as_posix() for part in parts for path in (ROOT / part).rglob("*.py")}
    others = ("benchmark/*.mjs", "export/loudness_input.*", "models/fused/*.cpp", "models/fused/*.h")
    others += ("cost/tables/*.json", "pareto/page/*.j2", "pareto/page/*.css", "pareto/page/*.js")
    other = {path.relative_to(ROOT).as_posix() for each in others for path in (ROOT / "nasamp").glob(each)}
    yaml = {f"nasamp/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "conf").rglob("*.yaml")}
    assert {name for name in held if ".dist-info/" not in name} == code | yaml | other


@pytest.mark.long
def test_it_runs_from_another_folder(installed, tmp_path):
    done = run(installed, tmp_path, ["python", "-m", "nasamp", *DRY_RUN])
    assert "10 of 12 points valid" in done.stdout, done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.long
def test_the_console_scripts_run_too(installed, tmp_path):
    if not (installed[0] / "nasamp").exists():
        pytest.skip("a bare checkout has no scripts")
    assert "10 of 12 points valid" in run(installed, tmp_path, ["nasamp", *DRY_RUN]).stdout
    assert "nasamp.pareto runs=" in run(installed, tmp_path, ["nasamp-pareto", "--help"]).stdout


@pytest.mark.long
def test_another_package_named_callbacks_is_refused_before_it_is_imported(installed, tmp_path):
    (tmp_path / "callbacks").mkdir()
    (tmp_path / "callbacks" / "__init__.py").write_text("raise SystemExit('imported')")
    done = run(installed, tmp_path, ["python", "-m", "nasamp", "model.layers=5"])
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert f"`import callbacks` finds {tmp_path / 'callbacks'}" in done.stderr
    assert "start nasamp from another folder" in done.stderr
