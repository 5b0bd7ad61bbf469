"""The front in one .nam: the cheapest model first, and each one better than the last."""

import re

import pytest
from networks import network, same_weights
from pareto_runs import analyse, table
from pareto_runs import network as row

from nasamp.errors import ConfigError, ExportError
from nasamp.export import document, nam, playable
from nasamp.export.slimmable import container
from nasamp.pareto.slim_order import described, improving, write_fronts
from nasamp.pareto.summary import summary

OBJECTIVES = ("val_esr", "latency_ms", "parameters")


def content(rate=48_000):
    return nam.content(network(layers=1, channels=1, kernel_size=2), sample_rate=rate, metadata={"name": "a"})


def test_the_knob_is_shared_equally_and_ends_at_1():
    made = container([content(), content(), content(), content()], name="amp")
    assert [part["max_value"] for part in made["config"]["submodels"]] == [0.25, 0.5, 0.75, 1.0]
    assert (made["metadata"]["name"], made["sample_rate"], made["weights"]) == ("amp", 48_000, [])


@pytest.mark.parametrize(("models", "words"), [([], "no model"), ([content(), content(44_100)], "44100, 48000")])
def test_models_that_cannot_be_in_one_file_are_refused(models, words):
    with pytest.raises(ExportError, match=words):
        container(models, name="amp")


def test_of_a_container_the_last_model_is_loaded_and_a_line_is_logged(tmp_path, caplog):
    parts = [
        nam.content(network(layers=layers, channels=1, kernel_size=2), sample_rate=48_000, metadata={"name": name})
        for layers, name in ((1, "search_001_L1_C1_K2"), (2, "search_002_L2_C1_K2"))
    ]
    document.write(tmp_path / "front.nam", container(parts, name="amp"))
    assert same_weights(playable.load(tmp_path / "front.nam").net, network(layers=2, channels=1, kernel_size=2))
    assert "front.nam: holds 2 models (search_001_L1_C1_K2, search_002_L2_C1_K2); the last is used" in caplog.text


def test_a_model_that_costs_more_and_is_no_better_is_left_out():
    rows = table(row(1, 5, 16, 0.5), row(2, 6, 16, 0.5), row(3, 7, 16, 0.6), row(4, 8, 16, 0.1), row(5, 5, 8, 0.7))
    assert list(improving(rows, analyse(rows, OBJECTIVES, ["full"]))["id"]) == [5, 1, 4]


def test_the_models_are_sorted_by_the_searchs_cost_not_by_macs():
    rows = table(row(1, 5, 16, 0.5, rtf_mean=0.3), row(2, 6, 16, 0.4, rtf_mean=0.1), row(3, 7, 16, 0.1, rtf_mean=0.2))
    assert list(improving(rows, analyse(rows, OBJECTIVES, ["full"]))["id"]) == [1, 2, 3]
    assert list(improving(rows, analyse(rows, OBJECTIVES, ["full"], "rtf_mean"))["id"]) == [2, 3]


def test_each_recording_gets_its_front(tmp_path):
    runs = [row(1, 5, 8, 0.3), row(2, 6, 8, 0.2), row(3, 5, 8, 0.4, recording="a/b"), row(4, 7, 8, 0.9)]
    for each in runs:
        net = network(layers=each["layers"], channels=each["channels"], kernel_size=3)
        path = tmp_path / "full" / each["name"] / f"{each['name']}.nam"
        nam.write(path, net, sample_rate=48_000, metadata={"name": each["name"]})
    analysis = analyse(table(*runs), OBJECTIVES, ["full"])
    written = write_fronts(analysis, tmp_path, tmp_path / "out")
    one, two = sorted(written)
    assert written == {one: [runs[2]["name"]], two: [runs[0]["name"], runs[1]["name"]]}
    assert (one.name, two.name) == ("front_a_b.nam", "front_amp.nam")
    parts = document.read(two).content["config"]["submodels"]
    assert [part["model"]["metadata"]["name"] for part in parts] == [runs[0]["name"], runs[1]["name"]]
    single = analyse(table(*runs[:2]), OBJECTIVES, ["full"])
    assert [path.name for path in write_fronts(single, tmp_path, tmp_path)] == ["front.nam"]


def test_the_file_opens_at_the_cheapest_and_has_its_metadata_and_each_model_keeps_its_own_loudness(tmp_path):
    runs = [row(1, 5, 8, 0.3), row(2, 6, 8, 0.2)]
    for loudness, each in zip((-30.0, -10.0), runs, strict=True):
        net = network(layers=each["layers"], channels=each["channels"], kernel_size=3)
        metadata = {"name": each["name"], "loudness": loudness, "gain": -loudness / 100}
        nam.write(tmp_path / "full" / each["name"] / f"{each['name']}.nam", net, sample_rate=48_000, metadata=metadata)
    analysis = analyse(table(*runs), OBJECTIVES, ["full"])
    ((path, models),) = write_fronts(analysis, tmp_path, tmp_path).items()
    content = document.read(path).content
    inside = [part["model"]["metadata"] for part in content["config"]["submodels"]]
    assert (content["metadata"]["loudness"], content["metadata"]["gain"]) == (-30.0, 0.3)
    assert [(each["loudness"], each["gain"]) for each in inside] == [(-30.0, 0.3), (-10.0, 0.1)]
    opens = f"the plugin starts with {runs[0]['name']}, the cheapest"
    assert opens in described(models)
    text = summary(analysis, [], {"name": "amp"}, has_front_file=True)
    assert "`front.nam`: from the cheapest" in text and opens in text.replace("`", "")


SPOILT = [
    "",
    "{}",
    "[]",
    "null",
    "\0\1",
    '{"architecture": "SlimmableContainer", "version": "0.7.0", "weights": [], "config": {"submodels": []}}',
    '{"architecture": "WaveNet", "version": 7, "weights": [], "config": {}, "metadata": {}, "sample_rate": 48000}',
    '{"architecture": "WaveNet", "version": "0.7.0", "weights": {}, "config": {}, "metadata": {}}',
    '{"architecture": "WaveNet", "version": "0.7.0", "weights": [], "config": {}, "metadata": [], "sample_rate": 9999}',
    '{"architecture": "WaveNet", "version": "0.7.0", "weights": [], "config": {}, "metadata": {}, "sample_rate": "x"}',
    '{"architecture": "WaveNet", "version": "0.7.0", "weights": [], "config": {}, "metadata": {}}',
]


@pytest.mark.parametrize("content", SPOILT)
def test_a_broken_nam_of_the_front_is_named_in_one_line(tmp_path, content):
    one = row(1, 5, 8, 0.3)
    path = tmp_path / "full" / one["name"] / f"{one['name']}.nam"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    with pytest.raises(ExportError, match=re.escape(f"{path}: ")) as raised:
        write_fronts(analyse(table(one), OBJECTIVES, ["full"]), tmp_path, tmp_path)
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "front.nam").exists()


def test_a_front_without_files_gives_an_error_that_says_what_writes_them(tmp_path):
    analysis = analyse(table(row(1, 5, 8, 0.3)), OBJECTIVES, ["full"])
    with pytest.raises(ConfigError, match=r"export\.slimmable=true: .*\.nam is missing; .*phase\.export=true"):
        write_fronts(analysis, tmp_path, tmp_path)
