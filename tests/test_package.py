"""What is shipped: the wheel holds the code and the YAML groups, and nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_wheel_holds_every_module_and_every_yaml(tmp_path):
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    held = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    parts = ("nasamp", "callbacks", "hydra_plugins")
    code = {path.relative_to(ROOT).as_posix() for part in parts for path in (ROOT / part).rglob("*.py")}
    yaml = {f"nasamp/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "conf").rglob("*.yaml")}
    assert {name for name in held if ".dist-info/" not in name} == code | yaml
