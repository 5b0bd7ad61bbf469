"""Model files: a network is the same after writing and reading; a broken file gives one clear error."""

import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from networks import network, same_weights

from nasamp import architecture
from nasamp.errors import ExportError
from nasamp.export import document, nam, nam_reading, vox
from nasamp.export.scale import folded

SHAPES = [(1, 1, 1, 2), (2, 1, 3, 2), (3, 2, 7, 3), (4, 5, 2, 1), (1, 8, 3, 2), (6, 12, 3, 2)]
READERS = {"nam": nam_reading.read, "json": vox.read}
JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=5),
    st.just(10**400), st.just(1e39), st.just([]), st.just({}), st.lists(st.integers(), max_size=3),
)  # fmt: skip


def shaped(shape: tuple[int, int, int, int], **changes: Any):
    return network(**dict(zip(("layers", "channels", "kernel_size", "dilation_base"), shape, strict=True)), **changes)


def write(path: Path, net) -> Path:
    if path.suffix == ".nam":
        nam.write(path, net, sample_rate=48_000, metadata={"name": "a"})
    else:
        vox.write(path, net, sample_rate=48_000)
    return path


def places(tree: Any, place: tuple = ()) -> Iterator[tuple]:
    """Yield the path of each value in a JSON."""
    if place:
        yield place
    for key in tree if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ():
        yield from places(tree[key], (*place, key))


@pytest.mark.parametrize("ending", READERS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_network_is_read_with_every_bit_of_its_weights(tmp_path, shape, ending):
    net = shaped(shape)
    back, rate = READERS[ending](write(tmp_path / f"a.{ending}", net))
    assert same_weights(net, back)
    assert (back.receptive_field, rate) == (net.receptive_field, 48_000)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_the_digits_that_are_written_give_the_same_float32_back(value):
    text = json.dumps(np.array([value], dtype=np.float32), default=document._listed)
    assert np.float32(json.loads(text)[0]) == np.float32(value)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_count_of_numbers_in_a_nam_follows_its_formula(shape):
    held = nam.content(shaped(shape), sample_rate=48_000, metadata={})["weights"]
    assert len(held) == architecture.nam_weights(architecture.stack(*shape))


@pytest.mark.parametrize("ending", READERS)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_file_with_one_changed_value_is_refused_or_plays_finite_numbers(tmp_path, ending, data):
    path = write(tmp_path / f"a.{ending}", shaped((2, 2, 2, 2)))
    tree = json.loads(path.read_text())
    *parents, last = data.draw(st.sampled_from(list(places(tree))))
    inside = tree
    for key in parents:
        inside = inside[key]
    if data.draw(st.booleans()):
        inside[last] = data.draw(JUNK)
    else:
        del inside[last]
    path.write_text(json.dumps(tree))
    try:
        net, _ = READERS[ending](path)
    except ExportError as error:
        assert str(error).startswith(str(path))
        assert len(str(error).splitlines()) == 1 and len(str(error)) < len(str(path)) + 300
    else:
        assert torch.isfinite(torch.cat([weights.flatten() for weights in net.parameters()])).all()


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not the JSON"),
        (b"\xff\xfe", "is not the JSON"),
        (b"[" * 200_000, "is not the JSON"),
        (b'{"a":' * 200_000, "is not the JSON"),
        (b'{"weights": NaN}', "holds NaN"),
        (b'{"weights": -Infinity}', "holds -Infinity"),
        (b"9" * 5000, "is not the JSON"),
        (b"[]", "must hold an object"),
        (b"{}", "is missing|is not supported"),
        (pickle.dumps({"weights": 1}), "is not the JSON"),
        (b" " * 100_000_000, "100 MB"),
    ],
    ids=[
        "empty",
        "no text",
        "deep lists",
        "deep objects",
        "NaN",
        "infinity",
        "digits",
        "list",
        "{}",
        "pickle",
        "100 MB",
    ],
)
def test_a_file_that_is_not_a_model_is_refused(tmp_path, reader, content, words):
    path = tmp_path / "a"
    path.write_bytes(content)
    with pytest.raises(ExportError, match=words):
        reader(path)


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_a_missing_file_or_a_folder_is_refused(tmp_path, reader):
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(ExportError, match="cannot be read"):
            reader(path)


@pytest.mark.parametrize("name", ["LSTM", "ConvNet", None, ["WaveNet"]])
def test_another_architecture_is_refused_by_name(tmp_path, name):
    path = write(tmp_path / "a.nam", shaped((2, 2, 2, 2)))
    path.write_text(json.dumps(json.loads(path.read_text()) | {"architecture": name}))
    with pytest.raises(ExportError, match=r"architecture .* is not supported, only WaveNet"):
        nam_reading.read(path)


def test_the_content_of_a_file_cannot_inject_lines_or_terminal_codes(tmp_path):
    path = write(tmp_path / "a.nam", shaped((2, 2, 2, 2)))
    path.write_text(json.dumps(json.loads(path.read_text()) | {"sample_rate": "\x85 \x1b[2J \u2028"}))
    with pytest.raises(ExportError) as caught:
        nam_reading.read(path)
    assert str(caught.value).isprintable()


def test_an_architecture_too_large_for_the_memory_is_refused_before_it_is_built(tmp_path):
    path = write(tmp_path / "a.json", shaped((2, 2, 2, 2)))
    tree = json.loads(path.read_text())
    tree["architecture"] |= {"num_layers": 32, "channels": 256, "kernel_size": 65}
    path.write_text(json.dumps(tree))
    with pytest.raises(ExportError, match=r"input_conv\.weight: must be numbers of shape \(256,\)"):
        vox.read(path)


def test_files_for_plugins_refuse_what_is_not_causal(tmp_path):
    for ending in READERS:
        with pytest.raises(ExportError, match=r"model\.causal=true"):
            write(tmp_path / f"a.{ending}", shaped((2, 2, 3, 2), causal=False))
    assert not list(tmp_path.iterdir())


def test_a_folded_scale_plays_the_recorded_level():
    net, scale = shaped((3, 4, 3, 2)), 0.37
    x = torch.randn(1, 1, 500)
    with torch.no_grad():
        expected = net(x * scale) / scale
        found = folded(net, scale)(x)
    assert torch.allclose(found, expected, atol=1e-6)
    assert not torch.allclose(net(x), expected, atol=1e-2)
