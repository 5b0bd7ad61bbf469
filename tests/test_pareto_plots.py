"""The plots: which files are written, and what they show."""

import itertools

import matplotlib.image
import numpy as np
import pytest
from pareto_runs import OBJECTIVES, PHASES, analyse, network, run, seeds, table

from nasamp.pareto import plots
from nasamp.pareto.labels import shortened
from nasamp.pareto.panels import PLOTS

FILES = {plot.file for plot in PLOTS}
LATENCY, PARAMETERS, _, RTF, SOLID = PLOTS


def grid(**changes):
    """Return nine runs whose quality grows with layers and channels."""
    shapes = itertools.product((5, 6, 7), (16, 24, 32))
    rows = [(layers, channels, 8 / layers**2 / channels) for layers, channels in shapes]
    return [network(number, *row, **changes) for number, row in enumerate(rows, start=1)]


def drawn(rows, plot, references=None):
    """Return the axes of one plot of one recording."""
    return plots._figure(analyse(table(*rows), OBJECTIVES, PHASES), plot, "poc", references or {}).axes


def names(axes):
    return [text.get_text() for text in axes.texts]


def lines(axes, label):
    return [line for line in axes.lines if line.get_label().startswith(label)]


# Files


@pytest.fixture(scope="module")
def unmeasured(tmp_path_factory):
    """Return the plots of one run without a real-time factor."""
    rows = table(run(rtf_mean=np.nan, rtf_engine=np.nan))
    return plots.plot_all(analyse(rows, OBJECTIVES, PHASES), tmp_path_factory.mktemp("unmeasured"))


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Return the plots of a run worse than silence and a tie."""
    rows = table(run(1, val_esr=3.0, val_esr_db=4.8), run(2), run(3))
    folder = tmp_path_factory.mktemp("measured") / "new"
    return plots.plot_all(analyse(rows, OBJECTIVES, PHASES), folder, search_name="poc")


def test_the_paths_are_those_of_all_files_in_the_folder(measured):
    assert {path.name for path in measured} == FILES
    assert sorted(measured[0].parent.iterdir()) == sorted(measured)


def test_the_plot_of_the_real_time_factor_is_skipped_when_nothing_was_measured(unmeasured):
    assert {path.name for path in unmeasured} == FILES - {"quality_vs_cpu_rtf.png"}


def test_every_plot_is_a_picture_with_something_on_it(measured, unmeasured):
    for path in [*measured, *unmeasured]:
        pixels = matplotlib.image.imread(path)
        assert pixels.shape[1] >= 900
        assert pixels[..., :3].std() > 0.02


# Content


def test_the_line_goes_through_the_front_of_its_two_axes_only():
    rows = [run(number, latency_ms=x, val_esr=y) for number, (x, y) in enumerate([(1, 0.4), (2, 0.2), (3, 0.3)], 1)]
    (line,) = lines(drawn(rows, LATENCY)[0], "front")
    assert line.get_xydata().tolist() == [[1, 0.4], [2, 0.2]]
    assert line.get_drawstyle() == "steps-post"  # between the two, 0.4 is the best that a run reaches


def test_the_runs_on_the_line_have_their_names():
    assert set(names(drawn(grid(), LATENCY)[0])) == {"L5_C32_K3", "L6_C32_K3", "L7_C32_K3"}


def test_a_front_of_hundreds_has_names_for_the_best_only():
    rows = [network(i, 5, 16, 1 / i, latency_ms=float(i), candidate=f"n{i}") for i in range(1, 302)]
    found = {int(name[1:]) for name in names(drawn(rows, LATENCY)[0])}
    assert found and min(found) > 301 - 100


@pytest.mark.parametrize("plot", PLOTS[:4], ids=lambda plot: plot.file)
def test_no_two_names_overlap(plot):
    (axes,) = drawn(grid(), plot)
    boxes = [text.get_window_extent() for text in axes.texts]
    assert len(boxes) > 1
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))


def test_the_legend_covers_no_axes():
    figure = drawn([*grid(), *grid(phase="quick")], RTF)[0].figure
    legend = figure.legends[0].get_window_extent()
    assert not any(legend.overlaps(axes.get_tightbbox()) for axes in figure.axes)


def test_scan_only_runs_are_hollow_and_named_in_the_legend():
    rows = [*grid(), *grid(phase="quick")]
    found = {marker.get_label(): marker for marker in drawn(rows, LATENCY)[0].collections}
    assert len(found["scan only (quick)"].get_facecolors()) == 0


@pytest.mark.parametrize(("fastest", "has_limit"), [(0.01, False), (0.6, True), (1.0, True), (9.0, False)])
def test_the_limit_of_real_time_is_drawn_when_near(fastest, has_limit):
    rows = [run(1, rtf_mean=fastest), run(2, rtf_mean=fastest * 1.1, val_esr=0.05)]
    assert [line.get_xdata()[0] for line in lines(drawn(rows, RTF)[0], "real-time limit")] == [0.8] * has_limit


def test_engines_of_the_real_time_factor_are_named():
    rows = [run(1, rtf_engine="torch"), run(2, rtf_engine="onnx")]
    assert drawn(rows, RTF)[0].get_xlabel().endswith("engine: onnx, torch")


def references(copy, linear, **more):
    return {
        name: {"val_esr": esr, "test_esr": esr / 2} for name, esr in {"copy": copy, "linear": linear, **more}.items()
    }


@pytest.mark.parametrize("plot", [LATENCY, PARAMETERS, RTF], ids=lambda plot: plot.file)
def test_the_reference_models_are_dashed_lines_with_names(plot):
    (axes,) = drawn(grid(), plot, references(0.9, 0.5, floor=0.001))
    dashed = [
        line.get_ydata()[0] for line in axes.lines if line.get_linestyle() == "--" and len(set(line.get_ydata())) == 1
    ]
    assert dashed == [0.9, 0.5, 0.001]
    assert axes.get_ylim()[0] < 0.001 < 0.9 < axes.get_ylim()[1]
    assert {"the input alone, at its best level", "the best linear filter, 512 taps"} < set(names(axes))


def test_a_plot_without_quality_has_no_reference_models():
    assert not drawn(grid(), PLOTS[2], references(0.9, 0.5))[0].lines


def test_no_name_covers_that_of_a_reference_model():
    (axes,) = drawn(grid(), LATENCY, references(0.9, 0.01))
    boxes = [text.get_window_extent() for text in axes.texts]
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))


def test_runs_without_a_real_time_factor_are_counted():
    assert "1 not measured here" in drawn([run(1), run(2, rtf_mean=np.nan)], RTF)[0].get_title(loc="left")


@pytest.mark.parametrize(("slowest", "scale"), [(10.0, "linear"), (100.0, "log")])
def test_a_wide_range_gets_a_logarithmic_axis(slowest, scale):
    assert drawn([run(1, latency_ms=1.0), run(2, latency_ms=slowest, val_esr=0.01)], LATENCY)[0].get_xscale() == scale


def test_ticks_of_a_logarithmic_axis_are_plain_numbers():
    (axes,) = drawn(grid(), PARAMETERS)
    texts = [label.get_text() for axis in (axes.xaxis, axes.yaxis) for label in axis.get_ticklabels(which="both")]
    assert "20,000" in texts
    assert not any("$" in text or "e" in text for text in texts)


def test_each_recording_has_plots_of_its_own_with_the_lines_of_its_reference_models(tmp_path, monkeypatch):
    made = []
    real = plots._figure
    monkeypatch.setattr(plots, "PLOTS", (LATENCY,))
    monkeypatch.setattr(plots, "_figure", lambda *arguments: made.append(real(*arguments)) or made[-1])
    rows = table(*grid(recording="clean"), *grid(recording="loud / 2"))
    paths = plots.plot_all(analyse(rows, OBJECTIVES, PHASES), tmp_path, references={"clean": references(0.9, 0.5)})
    assert [path.name for path in paths] == ["quality_vs_latency_clean.png", "quality_vs_latency_loud_2.png"]
    clean, loud = (figure.axes[0] for figure in made)
    assert [axes.get_title(loc="left") for axes in (clean, loud)] == [
        "clean: 9 models, 9 on the front",
        "loud / 2: 9 models, 9 on the front",
    ]
    assert len(clean.lines) == len(loud.lines) + 2


def test_a_candidate_is_one_marker_at_its_mean_with_a_bar_from_its_lowest_to_its_highest_seed():
    rows = [*seeds(1, 0.4, 0.1, 0.1), *seeds(2, 0.6, latency_ms=3.0)]
    (axes,) = drawn(rows, LATENCY)
    points = [point for marker in axes.collections for point in marker.get_offsets().tolist()]
    assert sorted(points) == [pytest.approx([2.0, 0.2]), [3.0, 0.6]]
    (bar,) = lines(axes, "spread")
    assert bar.get_xydata().tolist() == [[2.0, 0.1], [2.0, 0.4]]
    assert axes.get_title(loc="left").startswith("amp: 2 models")
    assert names(axes) == ["L1_C16_K3"]


def test_labels_of_the_three_axes_are_inside_the_picture_and_apart():
    axes = drawn(grid(), SOLID)
    axes[0].figure.draw_without_rendering()
    boxes = [axis.label.get_window_extent() for one in axes for axis in (one.xaxis, one.yaxis, one.zaxis)]
    width, height = axes[0].figure.bbox.size
    assert all(0 <= box.x0 < box.x1 <= width and 0 <= box.y0 < box.y1 <= height for box in boxes)
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("L8_C32_K3", "L8_C32_K3"),
        ("baseline", "baseline"),
        ("x" * 30, "x" * 23 + "…"),
    ],
)
def test_a_plot_shows_a_name_as_it_is_and_only_the_beginning_of_a_long_one(name, short):
    assert shortened(name) == short
