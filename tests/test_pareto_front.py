"""Domination, hypervolume, the sorting of runs, and the picks."""

import numpy as np
import pandas as pd
import pytest
from pareto_runs import OBJECTIVES, PHASES, analyse, run, table

from nasamp.errors import ConfigError, NothingUsable
from nasamp.pareto.front import front, hypervolume
from nasamp.pareto.header import facts
from nasamp.pareto.picks import recommend


def slow_front(values, better):
    """Return the same as ``front``, from the definition: every row against every other one."""
    signs = [-1 if direction == "higher" else 1 for direction in better]
    rows = [[sign * value for sign, value in zip(signs, row, strict=True)] for row in values.tolist()]

    def dominates(one, other):
        pairs = list(zip(one, other, strict=True))
        return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)

    return [not any(dominates(other, row) for other in rows) for row in rows]


def numbers(*esr_latency_parameters, **changes):
    """Return a table of runs with these three numbers, ids from 1."""
    columns = [dict(zip(OBJECTIVES, row, strict=True)) for row in esr_latency_parameters]
    return table(*(run(number, **(row | changes)) for number, row in enumerate(columns, start=1)))


def ids(rows):
    return rows["id"].tolist()


# Domination


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("objectives", [1, 2, 3, 4])
def test_the_front_equals_the_definition(seed, objectives):
    random = np.random.default_rng(seed)
    values = random.integers(0, 2 + seed // 2, size=(60, objectives)).astype(float)  # few values: ties, duplicates
    better = random.choice(["lower", "higher"], size=objectives).tolist()
    assert front(values, better).tolist() == slow_front(values, better)


def test_of_a_chain_of_domination_only_the_first_is_on_the_front():
    assert front(np.array([[3.0, 3], [2, 2], [1, 1]]), ["lower", "lower"]).tolist() == [False, False, True]


def test_equal_rows_both_stay():
    assert front(np.array([[1.0, 2], [1, 2], [2, 2]]), ["lower", "lower"]).tolist() == [True, True, False]


def test_a_higher_value_wins_where_higher_is_better():
    assert front(np.array([[1.0, 1], [1, 2]]), ["lower", "higher"]).tolist() == [False, True]


def test_a_nan_is_refused_rather_than_ranked():
    with pytest.raises(ValueError, match="NaN"):
        front(np.array([[1.0, np.nan]]), ["lower", "lower"])


# Hypervolume. Scaled to 0..1 and up to 1.1, the volume is counted by hand as a union of boxes.


@pytest.mark.parametrize(
    ("values", "volume"),
    [
        ([[7, 7]], 1.1 * 1.1),  # alone it is the best of everything
        ([[7, 7], [7, 7]], 1.1 * 1.1),
        ([[0, 8], [4, 0]], 0.1 * 1.1 + 1.1 * 0.1 - 0.1 * 0.1),
        ([[0, 8], [2, 4], [4, 0]], 0.21 + 0.5 * 0.5),  # the middle one adds a square between the two
        ([[0, 8], [2, 4], [4, 0], [4, 8]], 0.21 + 0.5 * 0.5),  # a dominated one adds nothing
        ([[0, 8, 5], [4, 0, 5]], 0.21 * 1.1),  # a constant objective counts as its best
    ],
)
def test_hypervolume_is_the_area_counted_by_hand(values, volume):
    found = hypervolume(np.array(values, dtype=float), ["lower"] * len(values[0]))
    assert found == pytest.approx(volume, abs=1e-9)


def test_hypervolume_is_unchanged_if_an_objective_is_negated_and_maximized():
    values = np.array([[0.0, 8], [1, 3], [4, 0]])
    assert hypervolume(values * [1, -1], ["lower", "higher"]) == pytest.approx(hypervolume(values, ["lower"] * 2))


def test_hypervolume_of_two_recordings_is_the_mean_of_theirs():
    one = numbers((0, 8, 1), (4, 0, 1), recording="one")
    two = numbers((0, 8, 1), recording="two")
    found = analyse(pd.concat([one, two]), OBJECTIVES, PHASES).hypervolume
    assert found == pytest.approx((0.21 * 1.1 + 1.1**3) / 2)


# Which runs compete


def test_the_front_is_sorted_by_the_second_objective():
    assert ids(analyse(numbers((1, 9, 1), (3, 2, 1), (2, 5, 1), (4, 9, 9)), OBJECTIVES, PHASES).front) == [2, 3, 1]


def test_a_run_of_an_earlier_phase_does_not_compete():
    scan = run(1, phase="quick", val_esr=0.001, latency_ms=0.1, parameters=1)
    found = analyse(table(scan, run(2)), OBJECTIVES, PHASES)
    assert (ids(found.front), ids(found.scan_only)) == ([2], [1])


def test_the_last_phase_with_a_finished_run_is_analysed():
    found = analyse(table(run(1, phase="quick"), run(2, status="running")), OBJECTIVES, PHASES)
    assert (found.phase, ids(found.competing), ids(found.running)) == ("quick", [1], [2])


def test_recordings_do_not_compete_with_each_other():
    better = run(1, recording="clean", val_esr=0.001, latency_ms=1.0, parameters=1)
    assert sorted(ids(analyse(table(better, run(2, recording="loud")), OBJECTIVES, PHASES).front)) == [1, 2]


@pytest.mark.parametrize("value", [np.nan, np.inf, "NaN", None])
def test_a_run_without_a_finite_objective_is_listed_apart(value):
    found = analyse(table(run(1, val_esr=value), run(2)), OBJECTIVES, PHASES)
    assert (ids(found.competing), ids(found.incomparable)) == ([2], [1])


def test_a_missing_number_outside_the_objectives_does_no_harm():
    assert ids(analyse(table(run(1, rtf_mean=np.nan)), OBJECTIVES, PHASES).front) == [1]


def test_failed_and_running_runs_do_not_compete():
    rows = table(run(1), run(2, status="failed"), run(3, status="running"))
    found = analyse(rows, OBJECTIVES, PHASES)
    assert (ids(found.competing), ids(found.failed), ids(found.running)) == ([1], [2], [3])


def test_runs_of_unnamed_phases_are_ignored():
    assert ids(analyse(table(run(1), run(2, phase="other")), OBJECTIVES, PHASES).runs) == [1]


def test_a_search_with_nothing_finished_says_how_many_failed():
    with pytest.raises(NothingUsable, match="1 failed, 1 running"):
        analyse(table(run(1, status="failed"), run(2, status="running")), OBJECTIVES, PHASES)


def test_runs_that_cannot_be_compared_at_all_are_refused():
    with pytest.raises(NothingUsable, match="phase full: no finished run has a value for every objective"):
        analyse(table(run(1, rtf_mean=np.nan)), ["val_esr", "rtf_mean"], PHASES)


@pytest.mark.parametrize(
    ("objective", "words"),
    [
        ("val_esrr", "'val_esrr' is no column with numbers; did you mean 'val_esr'"),
        ("epochs", "epochs: has no better direction; write epochs:lower or epochs:higher"),
        ("val_esr_db:higher", "for val_esr_db, lower is better"),
        ("test_esr", "the test part is not for selection; use val_esr"),
        ("name", "name: is not a number"),
        ("mood", "'mood' is no column with numbers"),
        ("candidate", "'candidate' is no column with numbers"),
        ("flag", "'flag' is no column with numbers"),
    ],
)
def test_an_objective_that_ranks_nothing_is_refused_by_name(objective, words):
    with pytest.raises(ConfigError, match=words):
        analyse(table(run(mood="fine", flag=True)), ["val_esr", objective], PHASES)


@pytest.mark.parametrize(
    ("objective", "front"),
    [("tone", [1]), ("tone:lower", [1]), ("tone:higher", [1, 2]), ("epochs:higher", [1, 2]), ("epochs:lower", [1])],
)
def test_a_users_column_is_an_objective_in_the_given_direction(objective, front):
    better, other = run(1, val_esr=0.1, tone=1.0, epochs=5), run(2, val_esr=0.2, tone=2.0, epochs=6)
    found = analyse(table(better, other), ["val_esr", objective], PHASES)
    assert sorted(ids(found.front)) == front
    assert (f"{objective.partition(':')[0]}".replace("epochs", "epochs trained")) in facts(found)[1]
    assert f"({'higher' if 'higher' in objective else 'lower'} is better)" in facts(found)[1].split(", ")[-1]


# Picks

HAND_MADE = [
    (1, 0.010, 9.0, 900),  # the best quality
    (2, 0.012, 4.0, 800),  # in the best quarter (2 of 8), with the lower latency
    (3, 0.019, 3.0, 300),  # just outside that quarter; within twice 0.010, with the fewest MACs
    (4, 0.021, 1.0, 100),  # cheaper, but just outside
    (5, 0.200, 1.0, 90),
    (6, 0.300, 9.0, 950),
    (7, 0.400, 9.0, 950),
    (8, 0.500, 9.0, 950),
]


def picked(rows):
    return {pick.title: pick.row["id"] for pick in recommend(analyse(rows, OBJECTIVES, PHASES))}


def test_picks_are_those_of_a_hand_made_table():
    rows = [
        run(number, val_esr=esr, latency_ms=latency, parameters=macs, macs_per_sample=macs)
        for number, esr, latency, macs in HAND_MADE
    ]
    # On the front are 1 to 5. Distances from the best of each: 1 has two full ranges, 5 one, 4 about 0.06.
    expected = {"Best quality": 1, "Best latency": 2, "Most efficient": 3, "Best balanced": 4}
    assert picked(table(*rows)) == expected


def test_of_equal_runs_the_lower_id_is_picked():
    assert set(picked(table(run(7), run(3), run(5))).values()) == {3}


def test_of_runs_equal_in_quality_the_one_with_fewer_macs_is_picked():
    assert picked(table(run(1, macs_per_sample=900), run(2, macs_per_sample=800)))["Best quality"] == 2


def test_a_pick_whose_numbers_were_not_measured_is_left_out():
    rows = table(run(1, val_esr=np.nan, val_mae=0.1))
    found = {pick.title for pick in recommend(analyse(rows, ["val_mae", "latency_ms"], PHASES))}
    assert found == {"Best balanced"}


def test_each_recording_has_its_own_picks():
    rows = table(run(1, recording="clean"), run(2, recording="loud", val_esr=0.9))
    found = [(pick.row["recording"], pick.title) for pick in recommend(analyse(rows, OBJECTIVES, PHASES))]
    assert found.count(("clean", "Best quality")) == found.count(("loud", "Best quality")) == 1
