"""A user's own group as an axis, whose files set several keys: they apply, or are refused where the files disagree."""

from pathlib import Path

import hydra
import pytest
from hydra.core.global_hydra import GlobalHydra
from hydra.types import HydraContext, RunMode

from nasamp.errors import ConfigError
from nasamp.search.plan.planning import Plan, make

CONF = str(Path(__file__).parents[1] / "conf")
SMALL = "defaults: [override /phase: smoke, override /launcher: basic, override /logger: csv]\n"
SEARCH = "search: {name: mine, axes: {model.channels: [3, 4]}, phases: [{phase: smoke}, {phase: smoke_full}]}\n"
FILES = {
    "a": f"{SMALL}model: {{layers: 3}}",
    "b": f"{SMALL}model: {{layers: 4}}",
    "longer": "defaults: [override /phase: smoke_full, override /launcher: basic, override /logger: csv]",
    "parallel": "defaults: [override /phase: smoke, override /launcher: joblib, override /logger: csv]",
    "named": f"{SMALL}search: {{name: other}}",
    "p": f"{SEARCH}model: {{layers: 3}}",
    "q": f"{SEARCH}model: {{layers: 4}}",
    "muff": f"{SMALL}data: {{device: muff}}",
    "runs": f"{SMALL}hydra: {{run: {{dir: x}}}}",
}


@pytest.fixture
def plan(tmp_path):
    """Return a function that gives the plan of a command that sweeps over experiments, found in two ways."""
    (tmp_path / "experiment").mkdir()
    for name, text in FILES.items():
        (tmp_path / "experiment" / f"{name}.yaml").write_text(f"# @package _global_\n{text}\n")
    path = f"hydra.searchpath=[{tmp_path}]"

    def planned(*typed: str) -> Plan:
        with hydra.initialize_config_dir(CONF, version_base="1.3"):
            loader = GlobalHydra.instance().config_loader()
            cfg = loader.load_configuration("config", [path, *typed], RunMode.MULTIRUN)
            context = HydraContext(config_loader=loader, callbacks=None)
            return make(list(typed), cfg, context, is_multirun=True)

    return planned


def test_a_phase_and_a_launcher_that_all_options_choose_apply(plan):
    found = plan("+experiment=a,b")
    assert [phase["phase"] for phase in found.phases] == ["smoke"]
    assert found.cfg.hydra.launcher._target_.endswith("BasicLauncher")
    assert found.config.logger.kinds == ["csv"]
    assert [point.label for point in found.points] == ["L3_C16_K3_experiment-a", "L4_C16_K3_experiment-b"]
    assert {found.job_config(point, "smoke").phase.name for point in found.points} == {"smoke"}


def test_recordings_can_be_an_axis_beside_them(plan):
    assert len({point.task for point in plan("+experiment=a,b", "data.device=screamer,muff").points}) == 2


def test_a_search_that_all_options_describe_applies(plan):
    found = plan("+experiment=p,q")
    assert (len(found.points), found.folder.name) == (4, "mine")
    assert [phase["phase"] for phase in found.phases] == ["smoke", "smoke_full"]


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ("longer", r"differ in phase \(smoke, smoke_full\), which applies to the whole search; type phase="),
        ("parallel", r"differ in launcher \(basic, joblib\)"),
        ("named", r"differ in search\.name \(custom, other\)"),
        ("muff", r"differ in data\.device \(screamer, muff\)"),
        ("runs", r"differ in hydra\.run\.dir"),
        ("p", r"differ in launcher"),
    ],
)
def test_options_must_agree_on_search_wide_settings(plan, other, words):
    with pytest.raises(ConfigError, match=words):
        plan(f"+experiment=a,{other}")


@pytest.mark.parametrize(
    ("other", "typed"), [("longer", "phase=smoke"), ("parallel", "launcher=basic"), ("named", "search.name=mine")]
)
def test_typing_one_value_resolves_the_disagreement(plan, other, typed):
    assert len(plan(f"+experiment=a,{other}", typed).points) == 2
