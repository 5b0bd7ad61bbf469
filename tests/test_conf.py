"""The YAML groups: every key of the schema stands there with a comment."""

import re
from pathlib import Path

import pytest

from nasamp.schema import BenchmarkConfig, CheckConfig, Config, ParetoConfig, RenderConfig, StatusConfig
from nasamp.schema.keys import leaves

CONF = Path(__file__).parents[1] / "conf"
EXPLAINED_AT_THE_TOP = {"model._target_", "callbacks"}  # by the first line of their files
WRITES_INTO = {"search": ("search", "schedule")}


def commented(files: list[Path]) -> set[str]:
    """Return the last part of each key that carries a comment; inside {braces} one comment serves all."""
    lines = [line for path in files for line in path.read_text("utf-8").splitlines() if " #" in line]
    return {key for line in lines for key in re.findall(r"([\w]+):", line.partition(" #")[0])}


@pytest.mark.parametrize(
    ("schema", "primary"),
    [
        (Config, "config"),
        (ParetoConfig, "pareto"),
        (CheckConfig, "check"),
        (StatusConfig, "status"),
        (RenderConfig, "render"),
        (BenchmarkConfig, "benchmark"),
    ],
)
def test_every_key_has_a_comment(schema, primary):
    missing = []
    for key in leaves(schema):
        folders = WRITES_INTO.get(key.partition(".")[0], (key.partition(".")[0],))
        files = [CONF / f"{primary}.yaml", *(path for folder in folders for path in (CONF / folder).rglob("*.yaml"))]
        if key.rpartition(".")[2] not in commented(files) and key not in EXPLAINED_AT_THE_TOP:
            missing.append(key)
    assert not missing
