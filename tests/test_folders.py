"""Which folder an app accepts as a search: exactly one search."""

import json

import pytest

from nasamp.errors import ConfigError
from nasamp.search import folders, search_file
from nasamp.search.jobs import ledger


@pytest.fixture
def results(tmp_path, monkeypatch):
    for name in ("one", "two"):
        search_file.write(tmp_path / "results" / name, search_file.Record(name))
        ledger.finish(tmp_path / "results" / name / "full" / "job", "id", {})
    monkeypatch.chdir(tmp_path)
    return tmp_path / "results"


@pytest.mark.parametrize("runs", [".", "results", "result", "results/thre", "none"])
def test_above_several_searches_each_is_named(results, runs):
    with pytest.raises(ConfigError, match=r"did you mean runs=results/one, runs=results/two\?$"):
        folders.check_is_search(results.parent.relative_to(results.parent) / runs)


INSIDE = ["full", "full/job", "full/job/result.json", "search.yaml", "full/.."]


@pytest.mark.parametrize("inside", INSIDE[:-1])
@pytest.mark.parametrize("is_absolute", [True, False])
def test_a_subfolder_of_a_search_gives_an_error_that_names_the_search(results, inside, is_absolute):
    base = results if is_absolute else results.relative_to(results.parent)
    with pytest.raises(ConfigError, match=rf"did you mean runs={base}/one\?$"):
        folders.check_is_search(base / "one" / inside)


def test_inside_a_search_the_error_names_its_folder(results, monkeypatch):
    monkeypatch.chdir(results / "one" / "full")
    with pytest.raises(ConfigError, match=r"did you mean runs=\.\.\?$"):
        folders.check_is_search(results.relative_to(results))


@pytest.mark.parametrize("inside", ["full", "full/job"])
def test_a_subfolder_of_a_search_without_search_yaml_names_it_too(results, inside):
    for name in ("one", "two"):
        (results / name / search_file.FILE).unlink()
    with pytest.raises(ConfigError, match=rf"did you mean runs={results}/one\?$"):
        folders.check_is_search(results / "one" / inside)
    with pytest.raises(ConfigError, match=f"runs={results}/one, runs={results}/two"):
        folders.check_is_search(results)
    folders.check_is_search(results / "one")


# search.yaml

WHOLE = {
    "points": [{"id": 1, "label": "L5", "name": "s_L5", "candidate": "L5", "dropped_because": ""}],
    "phases": [{"phase": "full", "keep": 0.5}],
    "recordings": {
        "amp": {"seconds": 9.0, "sample_rate": 1, "delay_samples": 0, "scale": 1, "repeat_esr": None, "warnings": []}
    },
    "references": {"amp": {"copy": {"val_esr": 1.0, "test_esr": 1.0}}},
}


def test_a_truncated_search_yaml_is_refused_or_still_complete(tmp_path):
    search_file.write(tmp_path, search_file.Record("poc", **WHOLE))
    path = tmp_path / search_file.FILE
    text, refused = path.read_text(), 0
    for size in range(len(text)):
        path.write_text(text[:size])
        search_file._parsed.cache_clear()
        try:
            found = search_file.read(tmp_path)
        except ConfigError as error:
            refused += 1
            assert "move it away" in str(error) and "\n" not in str(error)
        else:
            assert found.points[0]["id"] == 1 and all("phase" in phase for phase in found.phases)
    assert refused > 100


SPOILT = [
    b"",
    b"\x00\xff\xfe" * 50,
    b"[1, 2]",
    b"text",
    b"name: [",
    b"name: a\nphases: 3\npoints: []",
    b"name: a\nphases: [1]\npoints: []",
    b"name: a\nphases: [{keep: 0.5}]\npoints: []",
    b"name: a\nphases: []\npoints: [{id: x, label: b}]",
    b"name: a\nphases: []\npoints: []\nsettings: {full: 3}",
    b"name: {}\nphases: []\npoints: []",
]


@pytest.mark.parametrize("content", SPOILT)
def test_a_corrupt_search_yaml_gives_one_helpful_line(tmp_path, content):
    (tmp_path / search_file.FILE).write_bytes(content)
    with pytest.raises(ConfigError, match=r"cannot be read: .*; move it away: ") as raised:
        search_file.read(tmp_path)
    assert "\n" not in str(raised.value)


def test_a_point_of_an_older_version_has_its_label_as_name(tmp_path):
    content = {"name": "a", "phases": [], "points": [{"id": 1, "label": "L5"}], "of_later": 1}
    (tmp_path / search_file.FILE).write_text(json.dumps(content))
    assert search_file.read(tmp_path).points == [
        {"name": "L5", "candidate": None, "dropped_because": "", "id": 1, "label": "L5"}
    ]
