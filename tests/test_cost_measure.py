"""search.cost names the column that is a model's cost, wherever cost decides something."""

from dataclasses import replace
from pathlib import Path
from typing import get_args

import hydra
import pytest
import yaml
from hydra.core.global_hydra import GlobalHydra
from hydra.types import HydraContext
from pareto_runs import OBJECTIVES, PHASES, analyse, network, run, seeds, table

from nasamp.benchmark import engines
from nasamp.cost import measure, measured
from nasamp.errors import ConfigError
from nasamp.pareto import by_recording, picks, report, ties
from nasamp.pareto.page.content import content
from nasamp.pareto.page.links import Links
from nasamp.pareto.summary import summary
from nasamp.quantities import QUANTITIES
from nasamp.schema import Config, Objectives, ParetoConfig, ParetoExport
from nasamp.schema.checking import leaf_problem, leaves
from nasamp.schema.search import Measure
from nasamp.search import measuring, search_file
from nasamp.search.jobs import ledger
from nasamp.search.phases import Scored, survivors
from nasamp.search.plan.planning import make

CONF = Path(__file__).parents[1] / "conf"


def test_every_measure_has_a_column_of_which_the_lower_is_better():
    assert set(get_args(Measure)) == set(measure.COLUMN)
    assert {QUANTITIES[column].better for column in measure.COLUMN.values()} == {"lower"}


def test_the_front_uses_the_measure_unless_objectives_are_typed():
    original = yaml.safe_load((CONF / "objectives" / "original.yaml").read_text("utf-8"))["columns"]
    assert measure.objectives(None, "macs") == original
    assert measure.objectives(None, "measured") == ["val_esr_db", "rtf_mean"]
    cpu = yaml.safe_load((CONF / "objectives" / "cpu.yaml").read_text("utf-8"))["columns"]
    assert measure.objectives(cpu, "macs") == ["val_esr_db", "macs_per_sample"]
    assert measure.objectives(["val_esr", "parameters"], "measured") == ["val_esr", "parameters"]


def test_an_unknown_measure_is_refused_in_one_line():
    problem = leaf_problem("search.cost", "flops", leaves(Config))
    assert (
        problem is not None
        and problem.startswith("search.cost=flops: must be macs, measured, nam (")
        and "\n" not in problem
    )


# The search


def planned(*command):
    """Return the plan of a command; arguments with a comma are axes."""
    with hydra.initialize_config_dir(str(CONF), version_base="1.3"):
        context = HydraContext(config_loader=GlobalHydra.instance().config_loader(), callbacks=None)
        fixed = [each for each in command if "," not in each]
        cfg = hydra.compose("config", ["hydra/sweeper=basic", *fixed], return_hydra_config=True)
        return make(list(command), cfg, context, is_multirun=True)


@pytest.fixture
def plan(tmp_path, monkeypatch):
    """Return the plan of three networks, of which the one with the most MACs is the fastest."""
    monkeypatch.chdir(tmp_path)
    found = planned("model.layers=2,3,4", "model.channels=4", "data.device=tube", "search.cost=measured")
    assert found.config.search.cost == "measured"
    for point, speed in zip(found.points, (0.3, 0.2, 0.1), strict=True):
        know(found, point, speed)
    return found


def know(plan, point, speed):
    """Write a measurement of a point into speed.json."""
    config, rate = plan.job_config(point, "quick"), plan.bases[plan.choice(point)][1]
    how = {"blocks": config.benchmark.blocks, "seconds": config.benchmark.seconds, "sample_rate": rate}
    key = measured.key(config.model.architecture, engines.chosen(config.benchmark.engine), **how)
    measured.write(plan.folder, measured.read(plan.folder) | {key: {"rtf_mean": speed, "rtf_engine": "E"}})


def test_the_column_of_the_measure_decides_which_models_go_on(plan):
    points = measuring.costed(plan, None, print).points
    assert [point.costs["rtf_mean"] for point in points] == [0.3, 0.2, 0.1]
    scored = [Scored(point, score) for point, score in zip(points, (0.20, 0.22, 0.22), strict=True)]

    def going(cost):
        return {each.values["model.layers"] for each in survivors(scored, {"at_least": 2, "keep": 0.1}, "front", cost)}

    assert going("macs_per_sample") == {2, 3}  # the smallest is the best and the cheapest; the rest is dominated
    assert going("rtf_mean") == {2, 4}


def test_a_search_by_macs_measures_nothing(plan, monkeypatch):
    monkeypatch.setattr(measuring, "columns", None)
    counting = replace(plan, config=planned("model.layers=2,3,4", "data.device=tube").config)
    assert counting.config.search.cost == "macs"
    assert measuring.costed(counting, None, print) is counting


def test_a_network_that_cannot_be_measured_is_refused_by_name(plan):
    odd = planned("model.layers=2,3", "model.causal=false", "data.device=tube", "search.cost=measured")
    with pytest.raises(ConfigError, match=r"search\.cost=measured: L2_C16_K3 cannot be measured.*search\.cost=macs"):
        measuring.costed(odd, None, print)


def test_an_existing_folder_keeps_its_measure_and_prints_a_note(plan):
    printed = []
    before = search_file.Record("custom", cost="macs")
    assert measuring.costed(plan, before, printed.append).config.search.cost == "macs"
    assert printed == [
        f"note: {plan.folder} was begun with search.cost=macs and keeps it; search.cost=measured needs a search.name "
        "of its own"
    ]


def test_an_old_search_yaml_counts_macs_and_an_unknown_measure_in_it_gives_one_line(tmp_path):
    path = tmp_path / search_file.FILE
    path.write_text("{name: amp, phases: [], points: []}")
    assert search_file.read(tmp_path).cost == "macs"
    path.write_text("{name: amp, phases: [], points: [], cost: flops}")
    with pytest.raises(ConfigError, match=r"search\.cost: must be macs or measured or nam, but is 'flops'") as raised:
        search_file.read(tmp_path)
    assert "\n" not in str(raised.value)


# The report: in these rows the network with the most MACs is the fastest


def rows(**changes):
    speeds = {1: 0.3, 2: 0.2, 3: 0.1}
    return [network(n, 4 + n, 16, 0.1 + 0.01 * n, rtf_mean=speed, **changes) for n, speed in speeds.items()]


def by(cost, *more):
    return analyse(table(*rows(), *more), ("val_esr_db", cost), PHASES, cost)


def test_picks_follow_the_measure():
    def picked(cost):
        return {pick.title: (pick.row["id"], pick.reason) for pick in picks.recommend(by(cost))}

    assert picked("macs_per_sample")["Most efficient"][0] == 1
    number, reason = picked("rtf_mean")["Most efficient"]
    assert number == 3 and "the lowest cost (real-time factor, mean) of 3 models" in reason


def test_of_equally_good_models_the_cheaper_by_the_measure_is_picked():
    equal = table(*(each | {"val_esr": 0.1, "val_esr_db": -10.0} for each in rows()))

    def best(cost):
        return picks.recommend(analyse(equal, OBJECTIVES, PHASES, cost))[0].row["id"]

    assert (best("macs_per_sample"), best("rtf_mean")) == (1, 3)


def test_ties_and_architectures_on_several_fronts_are_sorted_by_the_measure():
    both = [each for n, speed in ((1, 0.3), (2, 0.1)) for each in seeds(n, 0.1, 0.2, macs_per_sample=n, rtf_mean=speed)]
    for cost, order in {"macs_per_sample": ["L1_C16_K3", "L2_C16_K3"], "rtf_mean": ["L2_C16_K3", "L1_C16_K3"]}.items():
        tied = analyse(table(*both), ("val_esr", "latency_ms"), PHASES, cost)
        assert list(ties.with_the_best(tied)["candidate"]) == order
        assert list(by_recording.most_often(tied)["candidate"]) == order


@pytest.mark.parametrize(("cost", "cheapest"), [("macs_per_sample", "1_L5"), ("rtf_mean", "3_L7")])
def test_the_page_and_the_summary_show_the_measure(cost, cheapest, tmp_path):
    analysis = by(cost)
    chosen = picks.recommend(analysis)
    page = content(analysis, chosen, {"name": "poc"}, Links(tmp_path, tmp_path))
    assert page["data"]["cost"] == page["data"]["budgets"][0] == cost
    assert QUANTITIES[cost].axis == page["recordings"][0]["cards"][0]["numbers"][0][0]
    efficient = summary(analysis, chosen, {"name": "poc"}).partition("Most efficient**: `search_00")[2]
    assert efficient[:4] == cheapest


def test_the_report_reads_the_measure_from_the_folder_and_the_costs_that_jobs_lack(tmp_path):
    points = [
        {"id": n, "label": f"n{n}", "name": f"n{n}", "candidate": f"n{n}", "dropped_because": "", "rtf_mean": 0.1 * n}
        for n in (1, 2)
    ]
    search_file.write(tmp_path, search_file.Record("poc", cost="measured", phases=[{"phase": "full"}], points=points))
    for n, esr in ((1, 0.2), (2, 0.1)):
        row = run(n, name=f"n{n}", val_esr=esr, val_esr_db=-10.0 * n, rtf_mean=None, rtf_engine=None)
        known = {key: value for key, value in row.items() if value == value and value is not None}
        ledger.finish(tmp_path / "full" / f"n{n}", "x", known)
    config = ParetoConfig(tmp_path, "results", Objectives(None), None, ParetoExport(slimmable=False), False, False)
    printed = report.write(config)
    assert "Most efficient  n1" in printed and "real-time factor, mean 0.1000" in printed
    text = (tmp_path / "summary.md").read_text("utf-8")
    assert "Objectives: validation ESR [dB] (lower is better), real-time factor, mean (lower is better)." in text
