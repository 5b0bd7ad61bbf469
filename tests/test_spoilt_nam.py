"""A .nam with something wrong is refused in one line that names file and place, or it is read as it was meant."""

import copy
import json
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fuzzing import FACTOR
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from members import PRESETS, exportable
from test_nam_reading import content, legacy, plays_the_same, read

from nasamp.benchmark import nam_wasm
from nasamp.errors import ExportError
from nasamp.export import nam_reading, playable, slimmable

FILES = {
    "a1_nano of an early version": legacy(content(PRESETS["a1_nano"])),
    "a2_lite": content(PRESETS["a2_lite"]),
    "a gated member": content(exportable(7)),
    "a container": slimmable.container([content(exportable(seed)) for seed in (1, 2)], name="front"),
}
NUMBERS = [0, -1, 10**9, 2**63, 10**400, 1e39, 1e308, 1.5, -0.5, float("nan"), float("inf"), float("-inf")]
OTHERS = [None, True, False, "", "a", "\x1b[31m", [], {}, [[]], [None], {"active": 3}]
resource = pytest.importorskip("resource", reason="limits of memory are POSIX'")
EXAMPLES = int(100 * FACTOR)
MEMORY = 2**30  # bytes more than now
Place = tuple[str | int, ...]

spoiling = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    """Let an allocation fail that is out of all proportion to the file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() if _is_linux() else 0
    if used:
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _is_linux() -> bool:
    return sys.platform == "linux"


def refused(folder: Path, text: str, read: Callable[[Path], Any] = nam_reading.read) -> str:
    """Return the line with which a file is refused; empty if it is read."""
    path = folder / "a.nam"
    path.write_text(text)
    try:
        read(path)
    except ExportError as error:
        line = str(error)
        assert line.startswith(f"{path}: ") and line.isprintable() and len(line) < len(str(path)) + 300, line
        return line.removeprefix(str(path))
    return ""


def places(tree: Any, place: Place = ()) -> Iterator[Place]:
    """Yield where each value of a file is; of the weights the first and the last few."""
    if place:
        yield place
    items = tree.items() if isinstance(tree, dict) else list(enumerate(tree)) if isinstance(tree, list) else ()
    for key, value in [*items][:3] + [*items][-3:] if place[-1:] == ("weights",) else items:
        yield from places(value, (*place, key))


def parent(tree: Any, place: Place) -> Any:
    for key in place[:-1]:
        tree = tree[key]
    return tree


def model_of(tree: Any) -> Any:
    """Return the part of a file that is read: of a container the last model."""
    return tree["config"]["submodels"][-1]["model"] if tree["architecture"] == "SlimmableContainer" else tree


def names(line: str, place: Place) -> bool:
    """Return whether a line names a place: its key or the one above, or what no longer fits to it."""
    keys = [each.removesuffix("s").removesuffix("_size") for each in place if isinstance(each, str)][-2:]
    inside = [key for key in keys if key not in ("config", "layer")] or keys
    return any(key in line for key in (*inside, "weights"))


def shuffled(value: Any, draw: random.Random) -> Any:
    if isinstance(value, list):
        return [shuffled(each, draw) for each in value]
    if not isinstance(value, dict):
        return value
    return {key: shuffled(value[key], draw) for key in draw.sample(list(value), len(value))}


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(), indent=st.sampled_from([None, 0, 3]))
def test_the_order_of_the_keys_and_spaces_change_nothing(tmp_path, name, seed, indent):
    tree = shuffled(FILES[name], random.Random(seed))  # noqa: S311
    (tmp_path / "other.nam").write_text(json.dumps(tree, indent=indent))
    assert plays_the_same(read(tmp_path, FILES[name])[0], nam_reading.read(tmp_path / "other.nam")[0])


@pytest.mark.parametrize("name", FILES)
@spoiling
@given(data=st.data())
def test_a_file_that_breaks_off_is_refused(tmp_path, name, data):
    text = json.dumps(FILES[name])
    line = refused(tmp_path, text[: data.draw(st.integers(0, len(text) - 1))])
    assert line.startswith(": is not the JSON of a model: ")


@pytest.mark.parametrize("name", FILES)
@spoiling
@given(data=st.data())
def test_a_wrong_value_is_refused_by_name_or_was_of_no_importance(tmp_path, name, data):
    tree = copy.deepcopy(FILES[name])
    inside = [place for place in places(model_of(tree)) if place[0] in ("architecture", "config", "weights")]
    place = data.draw(st.sampled_from(inside))
    held, key = parent(model_of(tree), place), place[-1]
    before = held[key]
    kinds = NUMBERS if isinstance(before, int | float) and not isinstance(before, bool) else [*NUMBERS, *OTHERS]
    value = data.draw(st.sampled_from([*kinds, *OTHERS]))
    held[key] = value
    if (key == "negative_slope" or place[0] == "weights") and value in (0, -1, 10**9, 2**63, 1.5, -0.5):
        return  # as good as any number
    line = refused(tmp_path, json.dumps(tree))
    if not line:
        assert plays_the_same(nam_reading.read(tmp_path / "a.nam")[0], read(tmp_path, FILES[name])[0])
        return
    assert names(line, place), line


@pytest.mark.parametrize("name", FILES)
@spoiling
@given(data=st.data())
def test_a_wrong_count_is_refused_by_name(tmp_path, name, data):
    tree = copy.deepcopy(FILES[name])
    lists = [p for p in places(model_of(tree)) if isinstance(parent(model_of(tree), p)[p[-1]], list)]
    place = data.draw(st.sampled_from(lists))
    held = parent(model_of(tree), place)[place[-1]]
    if data.draw(st.booleans()):
        held.append(held[-1])
    else:
        del held[data.draw(st.integers(0, len(held) - 1))]
    line = refused(tmp_path, json.dumps(tree))
    assert names(line, place), line


@pytest.mark.parametrize("name", FILES)
@spoiling
@given(data=st.data())
def test_a_missing_key_is_refused_by_name_or_has_its_usual_value(tmp_path, name, data):
    tree = copy.deepcopy(FILES[name])
    keys = [place for place in places(model_of(tree)) if isinstance(place[-1], str)]
    place = data.draw(st.sampled_from(keys))
    del parent(model_of(tree), place)[place[-1]]
    line = refused(tmp_path, json.dumps(tree))
    if line:
        assert names(line, place), line
    elif place[-1] not in ("sample_rate", "metadata", "version"):
        assert plays_the_same(nam_reading.read(tmp_path / "a.nam")[0], read(tmp_path, FILES[name])[0])


ONLY_IN_ENGINE = {
    "LSTM": ({"num_layers": 2, "input_size": 1, "hidden_size": 3}, 160),
    "ConvNet": ({"channels": 4, "dilations": [1, 3, 8], "activation": "Tanh", "batchnorm": False}, 89),
    "Linear": ({"receptive_field": 7, "bias": True}, 8),
}


@pytest.mark.parametrize("kind", ONLY_IN_ENGINE)
@spoiling
@given(data=st.data())
def test_what_nams_engine_trusts_is_refused_by_name_before_it_gets_it(tmp_path, monkeypatch, kind, data):
    monkeypatch.setattr(nam_wasm, "missing", lambda: "")
    config, count = ONLY_IN_ENGINE[kind]
    tree = {"version": "0.5.4", "architecture": kind, "config": copy.deepcopy(config), "weights": [0.5] * count}
    assert not refused(tmp_path, json.dumps(tree), playable.load)
    place = data.draw(st.sampled_from([each for each in places(tree) if each[0] != "version"]))
    held, key = parent(tree, place), place[-1]
    if data.draw(st.booleans()):
        del held[key]
    else:
        held[key] = data.draw(st.sampled_from([*NUMBERS, *OTHERS]))
    line = refused(tmp_path, json.dumps(tree), playable.load)
    if line:
        assert names(line, place), line
    else:  # what it checks itself, and what means the same
        assert key == "activation" or place[:-1] == ("weights",) or held.get(key, 1) == config[key], held


@pytest.mark.parametrize("depth", [2, 3, 50, 900, 100_000])
def test_containers_in_containers_are_refused(tmp_path, depth):
    opening = '{"architecture":"SlimmableContainer","config":{"submodels":[{"max_value":1,"model":'
    text = opening * depth + json.dumps(FILES["a2_lite"]) + "}]}}" * depth
    line = refused(tmp_path, text)
    assert "a container inside a container" in line or "is not the JSON of a model: " in line


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("key", ["config", "weights", "metadata"])
def test_a_value_of_a_hundred_thousand_levels_is_refused(tmp_path, key, opening):
    tree = json.dumps(FILES["a2_lite"] | {key: "deep"})
    text = tree.replace('"deep"', opening * 100_000 + "1" + ("]" if opening == "[" else "}") * 100_000)
    assert "is not the JSON of a model: " in refused(tmp_path, text)


def test_many_numbers_of_a_file_are_no_more_memory_than_its_size(tmp_path):
    tree = FILES["a2_lite"] | {"weights": [0.5] * 5_000_001}
    assert "weights: must be numbers of shape (1871,), but is a list of 5,000,001" in refused(
        tmp_path, json.dumps(tree)
    )
