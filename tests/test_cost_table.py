"""A cost table predicts what an architecture costs in NAM's engine, from times that were measured there."""

import json
import random
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import hydra
import numpy as np
import pytest
from hydra.core.global_hydra import GlobalHydra
from hydra.types import HydraContext
from members import ACTIVATIONS, PRESETS
from pareto_runs import run
from scipy.stats import spearmanr

from nasamp import app
from nasamp.architecture import Activation, activation, counts, nam_form, stack
from nasamp.cost import constraints, fitting
from nasamp.cost.table import NAM_CORE, STANDARD, Table, nam_core
from nasamp.pareto import report
from nasamp.schema import Objectives, ParetoConfig, ParetoExport
from nasamp.search import measuring, search_file
from nasamp.search.jobs import ledger
from nasamp.search.plan.planning import make

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "benchmarks"))
import cost_table  # noqa: E402

KNOWN = {  # made up, but not far from a real engine
    "channels": {4: 0.0, 8: 3e-5, 12: 5e-5, 16: 7e-5},
    "multiplications": {4: 9e-6, 8: 3e-6, 12: 4e-6, 16: 5e-6},
    "activations": {"ReLU": 0.0, "Tanh": 1e-5, "SiLU": 3e-5},
    "layers": 3e-4,
    "gated_layers": 1e-3,
    "gating": 4e-5,
    "dense": 2e-6,
    "head_taps": 1e-4,
    "head": 2e-5,
    "model": 1e-3,
}
CHANNELS = list(KNOWN["channels"])


def made_up(number, channels=CHANNELS, seed=0):
    """Return random architectures, and their times by the known coefficients."""
    chosen = random.Random(seed)  # noqa: S311 - no secret
    found = [
        stack(
            chosen.randint(2, 20),
            chosen.choice(channels),
            chosen.randint(2, 12),
            dilation_cycle=7,
            activation=activation(chosen.choice(list(KNOWN["activations"]))),
            gating=chosen.choice(["none", "none", "gated"]),
            residual=chosen.choice(["scale", "dense"]),
            mixin=True,
            head_kernel_size=chosen.choice([1, 4, 16]),
        )
        for _ in range(number)
    ]
    return found, [by(KNOWN, each) for each in found]


def by(coefficients, architecture):
    return Table({}, coefficients, ()).by_terms(architecture)


def flat(coefficients):
    found = {kind: value if isinstance(value, dict) else {"": value} for kind, value in coefficients.items()}
    return {(kind, key): value for kind, values in found.items() for key, value in values.items()}


# The fit


def test_the_fit_finds_the_coefficients_that_made_the_times():
    found = fitting.fitted(*made_up(150))
    assert flat(found) == pytest.approx(flat(KNOWN), rel=0.001, abs=1e-9)
    assert list(found["activations"]) == ["ReLU", "Tanh", "SiLU"]  # from cheap to expensive


def test_noise_and_outliers_leave_the_predictions_within_three_percent():
    architectures, times = made_up(200)
    noise = np.random.default_rng(0)
    spoilt = np.array(times) * noise.lognormal(0, 0.02, len(times))
    spoilt[::20] *= 4  # another program ran
    spoilt[7::40] /= 3
    found = fitting.fitted(architectures, spoilt)
    unseen, right = made_up(100, seed=1)
    errors = np.array([by(found, each) for each in unseen]) / right - 1
    assert np.median(np.abs(errors)) < 0.01 and np.abs(errors).max() < 0.03


def test_a_width_that_was_not_measured_is_interpolated_and_says_so():
    found = Table({}, fitting.fitted(*made_up(150, [4, 8, 16])), ())
    assert found.widths == [4, 8, 16]
    between = KNOWN | {kind: KNOWN[kind] | {12: np.mean([KNOWN[kind][8], KNOWN[kind][16]])} for kind in
                       ("channels", "multiplications")}  # fmt: skip
    each = stack(6, 12, 3, mixin=True)
    assert found.core(each) == pytest.approx(by(between, each), rel=0.001)
    assert found.basis(each) == "predicted; 12 channels are interpolated between 8 and 16"
    assert found.basis(stack(6, 2, 3, mixin=True)) == "predicted; 2 channels are beyond 4, the nearest measured"
    assert found.basis(stack(6, 40, 3, mixin=True)) == "predicted; 40 channels are beyond 16, the nearest measured"


def test_a_width_of_few_measurements_gets_no_coefficients_of_its_own():
    architectures, times = made_up(150, [4, 8, 16])
    more, their_times = made_up(fitting.FEWEST - 1, [12])
    assert Table({}, fitting.fitted(architectures + more, times + their_times), ()).widths == [4, 8, 16]


def test_an_activation_that_was_not_measured_costs_as_much_as_the_most_expensive_and_says_so():
    found = Table({}, KNOWN, ())
    new, expensive = (stack(6, 8, 3, mixin=True, activation=activation(name)) for name in ("Softsign", "SiLU"))
    assert found.core(new) == found.core(expensive)
    assert found.basis(new) == "predicted; Softsign was not measured"


# The table that comes with nasamp


@pytest.fixture(scope="module")
def measured():
    return cost_table.measured(ROOT / "benchmarks" / "costs" / "nam_core_avx2.csv")


def test_the_table_is_what_its_script_makes_of_its_measurements(measured):
    now, before = cost_table.table(*measured), json.loads(NAM_CORE.read_text("utf-8"))
    now["coefficients"], shipped = (flat(json.loads(json.dumps(each["coefficients"]))) for each in (now, before))
    assert now["coefficients"] == pytest.approx(shipped, rel=1e-3, abs=1e-8)
    assert {**now, "coefficients": None} == {**before, "coefficients": None}


def test_architectures_that_the_fit_has_not_seen_are_ranked_and_priced_rightly_where_macs_rank_them_badly(measured):
    architectures, times = measured
    found = fitting.quality(fitting.predicted_unseen(architectures, times), times)
    assert found.spearman > 0.98 and found.median_error < 0.05 and found.error_of_90_percent < 0.1
    assert spearmanr([counts(each).macs_per_sample for each in architectures], times)[0] < 0.85


def test_multiples_of_a1_standard_are_within_eight_percent_of_another_measurement():
    for name, (architecture, multiple) in cost_table.again().items():
        within = 0.11 if name == "A2 lite" else 0.08  # .0085 of a core, .22 of .0351: its own two measurements differ
        assert nam_core().multiple(architecture) == pytest.approx(multiple, rel=within), name


def test_the_costs_of_several_arrays_add_up_to_that_of_a1_standard():
    standard = PRESETS["a1_standard"]
    assert nam_core().by_terms(standard) == pytest.approx(0.0351, rel=0.05)
    assert nam_core().multiple(standard) == 1


def test_the_shapes_with_code_of_their_own_in_the_engine_are_looked_up_only_with_their_activation():
    full = PRESETS["a2_full"]
    array = full.arrays[0]

    def leaky(slope):
        layers = tuple(replace(layer, activation=Activation("LeakyReLU", slope)) for layer in array.layers)
        return replace(full, arrays=(replace(array, layers=layers),))

    assert (nam_core().core(full), nam_core().basis(full)) == (0.0383, "measured")
    assert nam_core().core(leaky(0.01)) == 0.0383
    assert nam_core().core(leaky(0.2)) == nam_core().by_terms(full) > 0.04
    assert {each.name for each in nam_core().exact} == {STANDARD, "A2 full", "A2 lite"}


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("residual", ["identity", "scale", "dense"])
@pytest.mark.parametrize("gating", ["none", "gated"])
def test_costs_are_positive_and_grow_with_layers_kernel_and_width_class(name, residual, gating):
    how = {"activation": activation(name), "residual": residual, "gating": gating, "dilation_cycle": 5}

    def grows(*shapes):
        found = [nam_core().multiple(stack(*shape, **how)) for shape in shapes]
        assert found[0] > 0 and found == sorted(set(found)), shapes

    for width in (1, 2, 6, 8, 11, 16, 32, 64):
        grows(*((layers, width, 3) for layers in (1, 2, 5, 12, 30)))
        grows(*((6, width, kernel) for kernel in (1, 2, 3, 7, 15)))
    grows(*((6, width, 3) for width in (8, 16, 24, 32, 40, 80)))


@pytest.mark.parametrize("shape", [(8, 16, 3), (5, 7, 9)])
def test_the_cost_is_that_of_the_arrays_in_the_nam(shape):
    plain, written = stack(*shape), nam_form(stack(*shape))
    assert len(written.arrays[0].layers) == shape[0] + 1 and written.arrays[0].residual == "scale"
    assert nam_core().core(plain) == nam_core().core(written)


@pytest.mark.parametrize("gating", ["none", "gated"])
def test_many_architectures_at_once_cost_what_each_does(gating):
    sizes = [(channels, kernel) for channels in (1, 8, 11, 40, 100) for kernel in (1, 3, 16)]
    channels, kernels = np.array(sizes, float).T
    together = nam_core().multiple(stack(6, channels, kernels, gating=gating))
    assert together.tolist() == pytest.approx([nam_core().multiple(stack(6, *size, gating=gating)) for size in sizes])


# The search


def planned(*command):
    """Return the plan of a command; arguments with a comma are axes."""
    with hydra.initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        context = HydraContext(config_loader=GlobalHydra.instance().config_loader(), callbacks=None)
        fixed = [each for each in command if "," not in each]
        cfg = hydra.compose("config", ["hydra/sweeper=basic", *fixed], return_hydra_config=True)
        return make(list(command), cfg, context, is_multirun=True)


GRID = ("model.layers=7,8", "model.channels=16,24", "data.device=tube")


def test_a_search_by_nams_engine_knows_the_cost_of_every_point_and_measures_nothing(monkeypatch):
    plan = planned(*GRID, "search.cost=nam")
    monkeypatch.setattr(measuring, "columns", None)
    assert measuring.costed(plan, None, print) is plan
    costs = [point.costs["cost_nam"] for point in plan.points]
    assert costs == pytest.approx([0.43, 0.68, 0.49, 0.76], rel=0.05)
    model, rate = plan.job_config(plan.points[0], plan.phases[0]["phase"]).model, 48_000
    assert constraints.of(model, rate, "nam")["cost_nam"] == costs[0]
    assert "cost_nam" not in constraints.of(model, rate, "macs")


def test_a_jobs_result_has_the_cost_by_the_measure_that_its_search_was_begun_with(tmp_path):
    plan = planned(*GRID)
    config, recording = (
        plan.job_config(plan.points[0], plan.phases[0]["phase"]),
        SimpleNamespace(name="a", sample_rate=48_000),
    )

    def columns(search):
        return app._known_before(config, recording, tmp_path, search)

    assert config.search.cost == "macs"
    assert columns(search_file.Record("custom", cost="nam"))["cost_nam"] == pytest.approx(0.43, rel=0.05)
    assert not {"cost_nam"} & {*columns(None), *columns(search_file.Record("custom"))}


def test_the_report_shows_the_cost_in_its_unit_with_three_digits(tmp_path):
    points = [
        {"id": n, "label": f"n{n}", "name": f"n{n}", "candidate": f"n{n}", "cost_nam": 0.49512 * n} for n in (1, 2)
    ]
    search_file.write(tmp_path, search_file.Record("poc", cost="nam", phases=[{"phase": "full"}], points=points))
    for n, esr in ((1, 0.2), (2, 0.1)):
        row = run(n, name=f"n{n}", val_esr=esr, val_esr_db=-10.0 * n, rtf_mean=None, rtf_engine=None)
        known = {key: value for key, value in row.items() if value == value and value is not None}
        ledger.finish(tmp_path / "full" / f"n{n}", "x", known)
    report.write(ParetoConfig(tmp_path, "results", Objectives(None), None, ParetoExport(slimmable=False), False, False))
    text = (tmp_path / "summary.md").read_text("utf-8")
    assert "cost in NAM's engine [times A1 standard] (lower is better)" in text
    assert "| 0.495 |" in text and "| 0.99 |" in text


def test_a_folder_that_was_begun_by_nams_engine_keeps_it_without_measuring(monkeypatch):
    monkeypatch.setattr(measuring, "columns", None)
    before = search_file.Record("custom", cost="nam")
    plan = measuring.costed(planned(*GRID), before, print)
    assert plan.config.search.cost == "nam"
    assert [point.costs["cost_nam"] for point in plan.points] == [
        point.costs["cost_nam"] for point in planned(*GRID, "search.cost=nam").points
    ]
