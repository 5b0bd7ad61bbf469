"""Kendall's tau between two phases."""

import numpy as np
import pytest
from pareto_runs import OBJECTIVES, PHASES, analyse, run, seeds, table
from scipy.stats import kendalltau

from nasamp.pareto.ranking import agreements


def compared(*rows):
    return agreements(analyse(table(*rows), OBJECTIVES, PHASES))


def scanned_and_trained(quick, full, **changes):
    return [
        run(number, candidate=f"m{number}", name=f"{phase}{number}", phase=phase, val_esr=esr, **changes)
        for phase, esrs in (("quick", quick), ("full", full))
        for number, esr in enumerate(esrs)
    ]


@pytest.mark.parametrize("seed", range(5))
def test_without_spreads_it_is_tau_b_as_scipy_has_it(seed):
    quick, full = np.random.default_rng(seed).integers(1, 9, (2, 12)) / 10
    (found,) = compared(*scanned_and_trained(quick, full))
    assert found.tau == pytest.approx(kendalltau(quick, full).statistic)
    assert found.same + found.opposite + found.tied == 12 * 11 / 2


def test_a_gap_below_the_spread_of_the_seeds_is_a_tie():
    rows = [
        *seeds(1, 0.10, 0.14, phase="quick"),
        *seeds(2, 0.11, 0.15, phase="quick"),
        *seeds(3, 0.50, 0.52, phase="quick"),
        *seeds(1, 0.05),
        *seeds(2, 0.04),
        *seeds(3, 0.30),
    ]
    (found,) = compared(*rows)
    assert (found.same, found.opposite, found.tied) == (2, 0, 1)
    assert found.tau == pytest.approx(2 / np.sqrt(2 * 3))
    assert found.tau_of_means == pytest.approx(kendalltau([0.12, 0.13, 0.51], [0.05, 0.04, 0.3]).statistic)
    assert f"{found.tau_of_means:.2f} if only equal means are ties" in found.line


def test_only_models_that_finished_both_phases_count_and_each_recording_by_itself():
    rows = [
        *scanned_and_trained([0.1, 0.2, 0.3], [0.1, 0.2], recording="a"),
        *scanned_and_trained([0.1, 0.2], [0.2, 0.1], recording="b"),
        *scanned_and_trained([0.1], [0.1], recording="c"),
    ]
    assert [(found.recording, found.models, found.tau) for found in compared(*rows)] == [("a", 2, 1.0), ("b", 2, -1.0)]


def test_equal_models_have_no_order():
    (found,) = compared(*scanned_and_trained([0.1, 0.1], [0.1, 0.2]))
    assert np.isnan(found.tau) and "no order to compare" in found.line
