"""Damaged model files (.nam, Vox JSON, checkpoints) in the render and benchmark apps; no code in them is executed."""

import io
import json
import os
import pickle
import random
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from fuzzing import changes, drawn, emptied, note, report, run_task, snapshot

from nasamp.architecture import stack
from nasamp.export import nam, vox
from nasamp.models import WaveNet

pytestmark = pytest.mark.long

RATE = 8000
VALUES = [
    None,
    True,
    False,
    0,
    1,
    -1,
    2,
    3,
    65,
    1.5,
    1e308,
    1e-308,
    10**400,
    2**63,
    33,
    257,
    "",
    "a",
    "WaveNet",
    "\ud800",
    "ü" * 500,
]
VALUES += [
    [],
    {},
    [None],
    [[]],
    [1],
    [1, 2, 4],
    [[1.0]],
    {"a": 1},
    float("nan"),
    float("inf"),
    "../x",
    "\n",
    "\x1b[31m",
]
TEXTS = [
    b"",
    b"null",
    b"{}",
    b"[]",
    b'""',
    b"0",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"\xff\xfe{}",
    b"\xef\xbb\xbf{}",
    b"{" * 99,
]
TEXTS += [
    b'{"architecture": "SlimmableContainer"}',
    b'{"a": NaN}',
    b"1" * 10_000,
    b"\0" * 1000,
    b"PK\3\4",
    b"\x80\4K\1.",
]


class Runs:
    """A pickle that would run code."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (Path("ran"),)


def damaged(content: dict, draw: random.Random) -> bytes:
    """Return the text of a JSON file with something wrong."""
    kind = draw.choice(["value"] * 6 + ["key", "key", "extra", "cut", "bytes", "whole", "nested", "double"])
    content = json.loads(json.dumps(content))
    if kind in ("value", "key", "extra"):
        for _ in range(draw.choice([1, 1, 2])):
            change(content, draw, kind)
    elif kind == "nested":
        content = {
            "version": "0.7.0",
            "architecture": "SlimmableContainer",
            "sample_rate": RATE,
            "weights": [],
            "metadata": {},
        }
        content["config"] = {
            "submodels": draw.choice([[], [{}], [None], {}, 1, [{"model": {}}], [{"model": {"metadata": {"name": 1}}}]])
        }
        for _ in range(draw.choice([0, 0, 50, 5000])):
            content = content | {"config": {"submodels": [{"max_value": 1, "model": content}]}}
    try:
        text = json.dumps(content).encode()
    except (RecursionError, ValueError):  # deeper than Python writes, or a number of 400 digits
        text = b'{"config":' * 5000 + b"{}" + b"}" * 5000
    if kind == "cut":
        text = text[: draw.randrange(len(text))]
    elif kind == "bytes":
        for _ in range(draw.choice([1, 5])):
            place = draw.randrange(len(text))
            text = text[:place] + bytes([draw.randrange(256)]) + text[place + 1 :]
    elif kind == "double":
        text += text
    return draw.choice(TEXTS) if kind == "whole" else text


def change(content: object, draw: random.Random, kind: str) -> None:
    """Change something somewhere in nested lists and objects."""
    places: list[tuple[object, object]] = []
    todo = [content]
    while todo:
        node = todo.pop()
        items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, value in items:
            places.append((node, key))
            todo.append(value)
    node, key = draw.choice(
        [place for place in places if isinstance(place[0], dict)] if draw.random() < 0.7 else places
    )
    if kind == "key":
        del node[key]
    elif kind == "extra" and isinstance(node, list):
        node.append(draw.choice(VALUES))
    elif kind == "extra":
        node[draw.choice(["extra", "metadata", "head", "sample_rate"])] = draw.choice(VALUES)
    else:
        node[key] = draw.choice(VALUES)


def checkpoint(folder: Path, good: dict, draw: random.Random) -> bytes:
    """Return the bytes of a damaged checkpoint."""
    held: object = dict(good)
    kind = draw.choice(["value", "value", "value", "state", "state", "code", "plain", "zip", "cut", "bytes", "other"])
    if kind == "value":
        held["network"] = dict(good["network"])
        key = draw.choice([*held["network"], "scale", "sample_rate"])
        held["network"][key] = draw.choice([*VALUES, torch.tensor(1.0), torch.ones(3)])
    elif kind == "state":
        held["state_dict"] = dict(good["state_dict"])
        key = draw.choice(list(held["state_dict"]))
        odd = [
            torch.tensor([]),
            torch.tensor(float("nan")),
            torch.full((1, 1, 1), np.nan),
            torch.ones(1, dtype=torch.int64),
        ]
        odd += [
            torch.ones(1, 1, 2).to_sparse(),
            torch.ones(2, device="meta"),
            None,
            1,
            "a",
            torch.ones(1, dtype=torch.complex64),
        ]
        held["state_dict"] = draw.choice([held["state_dict"] | {key: draw.choice(odd)}, {}, None, [], {1: 2}, {key: 1}])
    elif kind == "code":
        held = draw.choice([Runs(), {"network": Runs()}, good | {"hyper_parameters": Runs()}])
    elif kind == "other":
        held = draw.choice(
            [None, [], 1, "a", torch.ones(1), {"network": None}, {"network": []}, {"network": {"layers": None}}]
        )
    file = io.BytesIO()
    if kind == "plain":
        pickle.dump(draw.choice([Runs(), {"a": 1}, None, held]), file)
    elif kind == "zip":
        with zipfile.ZipFile(file, "w") as packed:
            packed.writestr(
                draw.choice(["a", "archive/data.pkl", "x/version"]), draw.choice([b"", b"3", pickle.dumps(Runs())])
            )
    else:
        torch.save(held, file)
    found = bytearray(file.getvalue())
    if kind == "cut":
        del found[draw.randrange(len(found)) :]
    elif kind == "bytes":
        for _ in range(draw.choice([1, 20])):
            found[draw.randrange(len(found))] = draw.randrange(256)
    return bytes(found)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    soundfile.write(tmp_path / "dry.wav", np.random.default_rng(0).uniform(-0.5, 0.5, 800), RATE, "FLOAT")
    return tmp_path


@pytest.mark.parametrize("kind", ["nam", "json", "ckpt", "folder"])
def test_a_corrupt_model_is_refused_with_a_message_or_played(place, kind):
    net = WaveNet(stack(layers=2, channels=2, kernel_size=2))
    described = {"layers": 2, "channels": 2, "kernel_size": 2, "dilation_base": 2, "causal": True, "sample_rate": RATE}
    good = {"state_dict": {f"net.{key}": value for key, value in net.state_dict().items()}, "network": described}
    nam.write(place / "good.nam", net, sample_rate=RATE, metadata={"name": "good", "loudness": -18.0})
    vox.write(place / "good.json", net, sample_rate=RATE)
    contents = {name: json.loads((place / f"good.{name}").read_text()) for name in ("nam", "json")}
    path = place / "amp" if kind == "folder" else place / f"amp.{kind}"
    faults, before = {}, snapshot(place)
    for case, draw in drawn(kind, 40 if kind == "folder" else 350):
        if kind == "folder":
            spoil_folder(path, draw)
        else:
            path.write_bytes(checkpoint(place, good, draw) if kind == "ckpt" else damaged(contents[kind], draw))
        given = snapshot(place)
        app, values = "nasamp.render", {"input": "dry.wav", "output": "out.wav"}
        if draw.random() < 0.2:
            app, values = "nasamp.benchmark", {"benchmark.seconds": 0.05}
        found = run_task(app, {"model.path": str(path)} | values)
        wrong = found.faults() + changes(given, snapshot(place, [place / "out.wav"]))
        wrong += ["a line with control characters"] if "\x1b[31m" in found.printed else []
        note(
            faults,
            f"{case} {app} {path.read_bytes()[:1500] if path.is_file() else sorted(path.iterdir())!r}",
            wrong,
        )
        emptied(path, place / "out.wav")
    assert snapshot(place) == before
    assert not faults, report(faults)


def spoil_folder(path: Path, draw: random.Random) -> None:
    path.mkdir()
    best = path / "best.ckpt"
    match draw.choice(["empty", "folder", "null", "loop", "text"]):
        case "folder":
            best.mkdir()
        case "null":
            best.symlink_to(os.devnull)
        case "loop":
            best.symlink_to("best.ckpt")
        case "text":
            best.write_bytes(draw.choice(TEXTS))
