"""The expected jobs and the time left, as the progress line, the dry run and the status app show them."""

import json
import platform

import pytest

from nasamp.search import estimate, expected, phases, search_file
from nasamp.search.jobs import heartbeat, ledger
from nasamp.search.plan.space import Point
from nasamp.search.terminal.live_line import _Progress
from nasamp.status.overview import describe

HALVING = [
    {"phase": "rung_1", "keep": 0.5, "at_least": 4},
    {"phase": "rung_2", "keep": 0.5, "at_least": 4},
    {"phase": "full"},
]
TWO = [{"phase": "quick", "keep": 0.5}, {"phase": "full"}]


@pytest.fixture
def folder(tmp_path):
    """Return the folder of a search beside which there are no others."""
    return tmp_path / "results" / "amp"


def entry(name, *, candidate=None, task=(), macs=1000, work=None, **changes):
    known = {"id": 1, "name": name, "label": name, "candidate": candidate or name, "dropped_because": ""}
    return known | {"task": list(task), "macs_per_sample": macs, "work": work or {}} | changes


def search(points, plan=TWO, **changes):
    return search_file.Record("amp", points=points, phases=plan, **changes)


def counts(folder, written):
    return [each.jobs for each in expected.of(folder, written).values()]


def done(folder, phase, name, *, work, macs=1000, pace, seconds, trained=1.0, machine=None):
    job = {"work": work, "pace": pace, "seconds": seconds, "trained": trained}
    known = {"phase": phase, "machine": machine or platform.node(), "macs_per_sample": macs}
    ledger.finish(folder / phase / name, "id", known | {"job": job})


def test_the_expected_number_of_jobs_is_what_the_phases_keep(folder):
    points = [entry(f"L{i}") for i in range(5)]
    assert counts(folder, search(points, HALVING)) == [5, 4, 4]
    search_file.write(folder, search(points, HALVING))
    rows = [line.split()[:2] for line in describe(folder).splitlines()[1:4]]
    assert rows == [["rung_1", "5"], ["rung_2", "4"], ["full", "4"]]


def test_survivors_are_expected_within_each_task_with_all_their_seeds(folder):
    names = [(f"C{c}", task, seed) for c in range(3) for task in ("a", "b") for seed in (1, 2)]
    points = [entry(f"{c}_{task}_{seed}", candidate=c, task=(task,)) for c, task, seed in names]
    assert counts(folder, search(points)) == [12, 4]
    grid = [Point(f"{c}_{task}_{seed}", {}, (task,), c, (), {"macs_per_sample": 1}, "") for c, task, seed in names]
    scored = [phases.Scored(point, float(point.candidate[1])) for point in grid]
    assert len(phases.survivors(scored, TWO[0], "loss", "macs_per_sample")) == 4


def test_failed_jobs_do_not_go_on_and_jobs_of_an_earlier_grid_are_counted(folder):
    points = [entry(f"L{i}") for i in range(4)]
    ledger.fail(folder / "quick" / "L0", "id", "it raised")
    ledger.fail(folder / "quick" / "L1", "id", "it raised")
    assert counts(folder, search(points)) == [4, 1]
    ledger.finish(folder / "quick" / "old", "id", {})
    assert counts(folder, search([*points, entry("old", is_earlier=True)])) == [5, 1]


def test_only_the_last_grid_of_a_search_goes_on():
    before, now = search([entry("a"), entry("b")]), search([entry("b"), entry("c")])
    merged = search_file.merged(before, now).points
    assert {each["name"]: each.get("is_earlier", False) for each in merged} == {"a": True, "b": False, "c": False}


def test_the_time_left_is_that_of_all_phases_with_jobs_side_by_side(folder):
    points = [entry(f"L{i}", work={"quick": 1e9, "full": 4e9}) for i in range(4)]
    written = search(points, at_a_time=2)
    for name in ("L0", "L1"):
        done(folder, "quick", name, work=1e9, pace=10.0, seconds=13.0)
    # two more of 13 s side by side, then two of four times the steps, each with the same 3 s beside them
    assert estimate.Estimate(folder, written).seconds_left() == pytest.approx(13 + 43)


def test_a_running_job_gives_an_estimate_before_any_is_finished(folder):
    written = search([entry("L0", work={"full": 1e9}), entry("L1", work={"full": 2e9})], TWO[1:])
    left = estimate.Estimate(folder, written)
    assert left.seconds_left() is None
    with heartbeat.held(folder / "full" / "L0") as held:
        held.update(done=0.25, pace=40.0)
        assert left.seconds_left() == pytest.approx(30 + 80)


def test_before_the_first_job_the_estimate_uses_other_searches_of_this_machine_only(folder):
    written = search([entry("L0", work={"quick": 5e9})], TWO[:1])
    done(folder.parent / "far", "quick", "x", work=1e9, pace=9.0, seconds=9.0, machine="elsewhere")
    assert estimate.Estimate(folder, written).seconds_left() is None
    done(folder.parent / "near", "quick", "x", work=1e9, pace=2.0, seconds=2.0)
    assert estimate.Estimate(folder, written).seconds_left() == pytest.approx(10)


def test_a_short_phase_is_not_taken_for_a_long_one_of_the_same_name(folder):
    done(folder.parent / "near", "quick", "x", work=1e8, pace=1.0, seconds=6.0)
    written = search([entry("L0", work={"quick": 1e10})], TWO[:1])
    assert estimate.Estimate(folder, written).seconds_left() == pytest.approx(100 + 5)


def test_early_stopped_jobs_shorten_the_estimate_of_the_others(folder):
    written = search([entry(f"L{i}", work={"full": 1e9}) for i in range(2)], TWO[1:])
    done(folder, "full", "L0", work=1e9, pace=40.0, seconds=10.0, trained=0.25)
    assert estimate.Estimate(folder, written).seconds_left() == pytest.approx(10)


def test_a_search_of_an_early_version_has_no_estimate(folder):
    written = search([{"label": "L0", "id": 1, "dropped_because": ""}], TWO[:1])
    assert estimate.Estimate(folder, written).seconds_left() is None
    ledger.finish(folder / "quick" / "L0", "id", {"training_seconds": 3.0})
    assert estimate.Estimate(folder, written).seconds_left() == 0


def test_the_progress_line_shows_the_time_left_of_the_whole_search(folder):
    written = search([entry("L0", work={"quick": 1e9, "full": 4e9})])
    with heartbeat.held(folder / "quick" / "L0") as held:
        held.update(done=0.5, pace=40.0)
        line, share = _Progress("quick", [folder / "quick" / "L0"], "val_esr", estimate.Estimate(folder, written)).now()
    assert (line, share) == ("quick: 0 of 1 jobs done, about 3 min left in total", 0.5)
    assert json.loads((folder / "quick" / "L0" / heartbeat.FILE).read_text())["done"] == 0.5
