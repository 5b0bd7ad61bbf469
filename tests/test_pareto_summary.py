"""The report in Markdown and the CSV files."""

import numpy as np
import pandas as pd
import pytest
from pareto_runs import CPU, OBJECTIVES, PHASES, analyse, run, table

from nasamp.pareto.csv_tables import write_tables
from nasamp.pareto.page.links import Links
from nasamp.pareto.picks import recommend
from nasamp.pareto.summary import summary

TITLES = {
    "incomparable": "Not comparable: an objective has no value",
    "failed": "Failed",
    "running": "Running",
    "crashed": "Crashed: the search's command resumes them",
    "dropped": "Dropped before training",
    "removed": "Not selected for the next phase",
    "recording": "The recording",
    "references": "What a model has to beat",
}


def report(*rows, objectives=OBJECTIVES, **search):
    analysis = analyse(table(*rows), objectives, PHASES)
    return summary(analysis, recommend(analysis), {"name": "poc", **search})


def section(text, title):
    """Return the body below a heading, or None where there is no such heading."""
    bodies = dict(part.split("\n\n", 1) for part in text.split("\n## ")[1:])
    return bodies.get(title)


def cells(text, title):
    """Return the table of a section as a list of rows, each a dict of texts."""
    lines = [line for line in section(text, title).splitlines() if line.startswith("|")]
    header, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return [dict(zip(header, row, strict=True)) for row in rows]


# Sections


def test_a_failed_run_is_listed_in_the_summary_with_its_error():
    text = report(run(1), run(2, name="search_002_L9_C64_K3", status="failed", error="CUDA out of memory"))
    row = cells(text, "Failed")[0]
    assert (row["name"], row["error"]) == ("`search_002_L9_C64_K3`", "CUDA out of memory")


def test_an_error_of_several_lines_with_a_pipe_keeps_the_table_whole():
    text = report(run(1), run(2, status="failed", error="a | b\nc"))
    assert r"| a \| b c |" in section(text, "Failed").splitlines()[-1]


def test_a_run_with_a_missing_objective_is_listed_apart_and_not_on_the_front():
    text = report(run(1), run(2, name="odd", val_esr=np.nan))
    assert [row["name"] for row in cells(text, TITLES["incomparable"])] == ["`odd`"]
    assert "odd" not in section(text, "Front")


def test_a_running_run_is_listed():
    assert "`late`" in section(report(run(1), run(2, name="late", status="running")), "Running")


def test_crashed_and_running_runs_are_listed_apart():
    text = report(run(1), run(2, name="late", status="running"), run(3, name="dead", status="crashed"))
    assert [[row["name"] for row in cells(text, TITLES[which])] for which in ("running", "crashed")] == [
        ["`late`"],
        ["`dead`"],
    ]


def test_a_point_dropped_before_training_is_listed_with_the_reason():
    points = [{"id": 1, "name": "kept"}, {"id": 2, "name": "heavy", "dropped_because": "too slow"}]
    assert [row["dropped because"] for row in cells(report(run(1), points=points), TITLES["dropped"])] == ["too slow"]


def test_a_point_that_the_selection_removed_is_named():
    quick = [run(number, phase="quick", name=f"point_{number}") for number in (1, 2)]
    text = report(*quick, run(1, name="point_1"))
    assert [row["name"] for row in cells(text, TITLES["removed"])] == ["`point_2`"]


def test_a_point_that_failed_in_the_next_phase_was_not_removed():
    quick = [run(number, phase="quick") for number in (1, 2)]
    assert section(report(*quick, run(1), run(2, status="failed")), TITLES["removed"]) is None


def test_before_the_next_phase_begins_no_point_counts_as_removed():
    assert section(report(run(1, phase="quick"), run(2, phase="quick")), TITLES["removed"]) is None


def test_a_point_removed_from_one_recording_only_is_named():
    quick = [run(1, phase="quick", recording=name, name=f"{name}_1") for name in ("clean", "loud")]
    text = report(*quick, run(1, recording="loud", name="loud_1"))
    assert [row["name"] for row in cells(text, TITLES["removed"])] == ["`clean_1`"]


def test_the_reference_models_are_in_the_summary_with_both_parts():
    models = {"amp": {"copy": {"val_esr": 1.0, "test_esr": 0.5}, "linear": {"val_esr": 0.1, "test_esr": 0.01}}}
    _, linear = cells(report(run(1), references=models), TITLES["references"])
    assert linear["reference model"] == "the best linear filter, 512 taps"
    assert [linear[column] for column in ("validation ESR [dB]", "test ESR", "test ESR [dB]")] == [
        "-10.00",
        "0.01",
        "-20.00",
    ]


def test_the_recording_is_described_as_it_was_used_with_its_warnings():
    facts = {"seconds": 90.0, "sample_rate": 44_100, "delay_samples": 0, "scale": 1.0, "repeat_esr": None}
    text = section(report(run(1), recordings={"amp": facts | {"warnings": []}}), TITLES["recording"])
    assert text.splitlines() == ["- `amp`: 90.0 s at 44,100 Hz.", "- No check gave a warning."]
    facts |= {"delay_samples": 12, "scale": 0.5, "repeat_esr": 0.002, "warnings": ["wet.wav: 3 clipped runs"]}
    text = section(report(run(1), recordings={"amp": facts}), TITLES["recording"])
    for shown in ("`data.delay=12`", "multiplied by 0.5", "ESR of 0.002", "**Warning**: wet.wav: 3 clipped runs."):
        assert shown in text


@pytest.mark.parametrize("title", TITLES.values())
def test_a_section_without_rows_is_left_out(title):
    assert title not in report(run(1), points=[{"id": 1, "name": "kept", "dropped_because": None}])


# Numbers


def test_a_pick_names_its_files_engine_and_quality():
    text = section(report(run(1, nam="a/x.nam", val_esr=0.0123, val_esr_db=-19.1)), "Which model to load")
    assert "`a/x.nam` (Neural Amp Modeler)" in text
    assert CPU in text
    assert "validation ESR 0.0123 (-19.10 dB)" in text


def test_a_pick_names_every_export_that_the_page_links_to(tmp_path):
    row = run(1, nam="full/x/x.nam", vox_json="full/x/x.json", onnx="full/x/x.onnx")
    text = section(report(row), "Which model to load")
    linked = Links(tmp_path, tmp_path).files(pd.Series(row))
    assert [each["name"] for each in linked] == ["x.nam", "x.json", "x.onnx"]
    assert all(f"/{each['name']}` ({each['plugin']})" in text for each in linked)


def test_a_pick_and_the_front_show_the_test_part_beside_the_validation():
    text = report(run(1, val_esr=0.0123, test_esr=0.0456, test_esr_db=-13.41))
    assert "validation ESR 0.0123 (-10.00 dB); test ESR 0.0456 (-13.41 dB)" in section(text, "Which model to load")
    (row,) = cells(text, "Front")
    assert list(row).index("test ESR") == list(row).index("validation ESR [dB]") + 1
    assert row["test ESR [dB]"] == "-13.41"


def test_integers_stay_integers_beside_a_gap():
    text = report(run(1, parameters=12345), run(2, parameters=np.nan), objectives=["val_esr", "latency_ms"])
    assert [row["parameters"] for row in cells(text, "All finished runs")] == ["12,345", "-"]


def test_a_column_that_nothing_fills_is_not_shown():
    assert "MR-STFT" not in report(run(1))


def test_the_header_counts_runs_and_front():
    text = report(run(1), run(2, val_esr=0.9), run(3, phase="quick"))
    assert "`full`: 2 models, 1 on the front" in text
    assert "Scan only: 1 model of `quick`" in text
    assert "`full`: 1 model, on the front" in report(run(1))


def test_the_header_says_that_the_last_phase_is_missing():
    assert "No run of the last phase, `full`, has finished yet." in report(run(1, phase="quick"))


def test_each_recording_has_its_own_section_with_its_picks_its_front_and_its_hypervolume():
    rows = [run(1, recording="clean", val_esr=0.5), run(2, recording="loud"), run(3, recording="loud", val_esr=0.9)]
    text = report(*rows, references={"loud": {"copy": {"val_esr": 1.0, "test_esr": 0.5}}})
    clean, loud = section(text, "clean"), section(text, "loud")
    titles = ["Which model to load", "What a model has to beat", "Front", "All finished runs"]
    assert [line[4:] for line in loud.splitlines() if line.startswith("### ")] == titles
    assert "search_001_" in clean and "search_002_" not in clean and "the input alone" not in clean
    assert "search_002_" in loud and "search_001_" not in loud
    assert "1 model, on the front" in clean and "2 models, 1 on the front" in loud


def test_the_architectures_on_the_most_fronts_come_first():
    def recorded(recording, **candidates):
        costs = {"small": 1, "middle": 2, "large": 3}
        return [
            run(costs[name], candidate=name, recording=recording, val_esr=esr, latency_ms=costs[name])
            for name, esr in candidates.items()
        ]

    rows = [
        *recorded("a", small=3, middle=2, large=1),
        *recorded("b", small=3, middle=4, large=1),
        *recorded("c", small=1, large=2),
    ]
    found = cells(report(*rows), "Which architectures are on the fronts most often")
    columns = ["candidate", "on fronts of", "competed on", "fronts"]
    assert [[row[column] for column in columns] for row in found] == [
        ["`small`", "3", "3", "a, b, c"],
        ["`large`", "2", "3", "a, b"],
        ["`middle`", "1", "2", "a"],
    ]


# Tables


@pytest.fixture
def folder(tmp_path):
    quick = [run(number, phase="quick", val_esr=0.1 * number) for number in (1, 2, 3)]
    full = [run(1, val_esr=1 / 3, checkpoint="a, b.ckpt"), run(2, val_esr=0.5, rtf_mean=np.nan)]
    write_tables(analyse(table(*quick, *full), OBJECTIVES, PHASES), tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("phase1_results.csv", [1, 2, 3]),
        ("phase2_results.csv", [1, 2]),
        ("all_results.csv", [1, 2, 3, 1, 2]),
        ("pareto_frontier.csv", [1]),
    ],
)
def test_a_table_holds_its_runs(folder, file, found):
    assert pd.read_csv(folder / file)["id"].tolist() == found


def test_numbers_and_text_survive_the_round_trip(folder):
    rows = pd.read_csv(folder / "phase2_results.csv")
    assert rows["val_esr"].tolist() == [1 / 3, 0.5]
    assert rows["rtf_mean"].isna().tolist() == [False, True]
    assert rows["checkpoint"].iloc[0] == "a, b.ckpt"


def test_the_table_of_all_runs_marks_the_front(folder):
    assert pd.read_csv(folder / "all_results.csv")["on_front"].tolist() == [False, False, False, True, False]


def test_a_phase_without_finished_runs_has_no_table(tmp_path):
    paths = write_tables(analyse(table(run(1)), OBJECTIVES, PHASES), tmp_path)
    assert {path.name for path in paths} == {"phase2_results.csv", "all_results.csv", "pareto_frontier.csv"}
    assert sorted(tmp_path.iterdir()) == sorted(paths)
