"""Damaged recordings: headers, data, chunks and kinds of files, through the check, the renderer and a dry run."""

import os
import random
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from fuzzing import changes, drawn, emptied, note, report, run_task, snapshot
from recordings import data_for

from nasamp.architecture import stack
from nasamp.audio import recording
from nasamp.errors import AudioError
from nasamp.export import nam
from nasamp.models import WaveNet

pytestmark = pytest.mark.long

RATE, SECONDS = 8000, 12
SIZES = [0, 1, 2, 35, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**32 - 2]
COUNTS = [0, 1, 2, 3, 8, 255, 256, 1023, 1024, 1025, 2**15, 2**16 - 1]
TAGS = [0, 1, 2, 3, 6, 7, 0x11, 0x31, 0x50, 0x55, 0xFFFE, 0xFFFF]
SUBTYPES = ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "IMA_ADPCM"]
FIELDS = [(4, "<I", SIZES), (16, "<I", SIZES), (20, "<H", TAGS), (22, "<H", COUNTS), (24, "<I", SIZES)]  # of WAV
FIELDS += [(28, "<I", SIZES), (32, "<H", COUNTS), (34, "<H", COUNTS), (-1, "<I", SIZES), (-1, "<I", SIZES)]  # -1: data
DAMAGES = ["field"] * 4 + ["bytes"] * 2 + ["cut"] * 2 + ["chunk", "order", "tail", "head", "whole"]
FORMS = [("WAV", each) for each in SUBTYPES]
FORMS += [("FLAC", "PCM_16"), ("FLAC", "PCM_24"), ("W64", "FLOAT"), ("RF64", "PCM_24")]
FORMS += [("AIFF", "PCM_16"), ("OGG", "VORBIS"), ("WAVEX", "PCM_24"), ("AU", "PCM_16"), ("CAF", "FLOAT")]
SPECIAL = [np.nan, np.inf, -np.inf, 3.4e38, -3.4e38, 1e-45, 0.0, 1.0, -1.0]


def signal(draw: random.Random, samples: int, channels: int) -> np.ndarray:
    """Return noise, sometimes with what no converter makes."""
    noise = np.random.default_rng(draw.randrange(2**32))
    found = noise.uniform(-0.5, 0.5, (samples, channels)).astype(np.float32)
    kind = draw.choice(["plain", "plain", "silent", "constant", "special", "loud", "tiny", "impulse"])
    if kind == "silent":
        found[:] = 0
    elif kind == "constant":
        found[:] = draw.choice(SPECIAL)
    elif kind == "special" and samples:
        found[noise.integers(0, samples, 1 + samples // 50)] = draw.choice(SPECIAL)
    elif kind in ("loud", "tiny"):
        with np.errstate(over="ignore", under="ignore"):
            found *= np.float32(1e30 if kind == "loud" else 1e-30)
    elif kind == "impulse":
        found[1:] = 0
    return found


def encoded(folder: Path, draw: random.Random) -> bytes:
    """Return the bytes of a sound file."""
    form, subtype = draw.choice(FORMS)
    samples = draw.choice([0, 1, 2, 63, 1000, RATE * SECONDS, RATE * SECONDS, RATE * SECONDS, RATE * SECONDS + 1])
    rate = draw.choice([RATE, RATE, RATE, RATE, 1, 44_100, 384_000, 655_350 if form == "FLAC" else 2**31 - 1])
    path = folder / "made"
    made = signal(draw, samples, draw.choice([1, 1, 1, 2, 8]))
    if subtype not in ("PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"):  # encoders that die of what is no sound
        made, rate = np.full((1000, 1), 0.1), RATE
    try:
        soundfile.write(path, made, rate, subtype, format=form)
    except (soundfile.LibsndfileError, AssertionError):  # a rate or a number of channels that this form cannot hold
        soundfile.write(path, signal(draw, samples, 1), RATE, "FLOAT", format="WAV")
    content = path.read_bytes()
    path.unlink()
    return content


def damaged(content: bytes, draw: random.Random) -> bytes:
    """Return a file's bytes with something wrong."""
    if not content:
        return b""
    found, kind = bytearray(content), draw.choice(DAMAGES)
    data = content.find(b"data")
    if kind == "field" and content[:4] == b"RIFF" and data > 0:
        place, code, values = draw.choice(FIELDS)
        place, values = (data + 4, SIZES) if place < 0 else (place, values)
        struct.pack_into(code, found, place, draw.choice(values))
    elif kind in ("field", "bytes"):
        for _ in range(draw.choice([1, 3, 30])):
            place = draw.randrange(min(len(found), draw.choice([64, 64, 300, 10**9])))
            found[place] = draw.randrange(256)
    elif kind == "cut":
        del found[
            draw.choice(
                [0, 1, 11, 12, 36, 43, 44, 45, 60, len(found) // 2, len(found) - 1, draw.randrange(len(found))]
            ) :
        ]
    elif kind == "chunk":
        body = draw.choice([b"LIST", b"bext", b"JUNK", b"fact", b"fmt ", b"\0\0\0\0", b"id3 "])
        body += struct.pack("<I", draw.choice([0, 1, 7, *SIZES])) + bytes(draw.choice([0, 1, 7, 100]))
        found[12:12] = body
    elif kind == "order" and data > 0:
        found = bytearray(content[:12] + content[data:] + content[12:data])
    elif kind == "tail":
        found += bytes(draw.randrange(256) for _ in range(draw.choice([1, 7, 1000])))
    elif kind == "head":
        found[:0] = draw.choice([b"ID3\3\0\0\0\0\0\0", b"\xef\xbb\xbf", bytes(512)])
    elif kind == "whole":
        names = [
            b"",
            b"\0" * 5000,
            b"RIFF",
            b"fLaC",
            b"not audio\n" * 100,
            b"RIFF\0\0\0\0WAVE",
            b"OggS",
            b"FORM\0\0\0\0AIFF",
        ]
        found = bytearray(draw.choice(names))
    return bytes(found)


def put(path: Path, draw: random.Random) -> str:
    """Make a path something; return what."""
    kind = draw.choice(["file"] * 30 + ["folder", "loop", "null", "absent", "dangling"])
    if kind == "folder":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path.name)
    elif kind == "null":
        path.symlink_to(os.devnull)
    elif kind == "dangling":
        path.symlink_to("nowhere")
    elif kind == "file":
        content = encoded(path.parent, draw)
        path.write_bytes(damaged(content, draw) if draw.random() < 0.8 else content)
    return kind


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Return a folder with a good recording and a model."""
    monkeypatch.chdir(tmp_path)
    dry = np.random.default_rng(0).uniform(-0.5, 0.5, RATE * SECONDS).astype(np.float32)
    for name, made in (("dry", dry), ("wet", np.tanh(3 * dry))):
        soundfile.write(tmp_path / f"{name}.wav", made, RATE, "FLOAT")
    nam.write(tmp_path / "amp.nam", WaveNet(stack(layers=1, channels=1, kernel_size=2)), sample_rate=RATE, metadata={})
    return tmp_path


def pair(place: Path, draw: random.Random) -> tuple[Path, ...]:
    """Return the paths of dry and wet, of which one or both are odd."""
    names = draw.choice(
        [("odd.wav", "wet.wav"), ("dry.wav", "odd.wav"), ("odd.wav", "odd.wav"), ("odd.flac", "other.wav")]
    )
    paths = tuple(place / name for name in names)
    for path in dict.fromkeys(paths):
        if path.name not in ("dry.wav", "wet.wav"):
            put(path, draw)
    return paths


def settings(draw: random.Random) -> dict[str, object]:
    """Return odd settings of a recording."""
    odd = {
        "delay": [0, 1, -1, 95_990, 95_999, -95_999, 96_000, 10**8],
        "trim": [True],
        "seconds": [10, 11.5, 36_000],
        "resample": [8000, 44_100, 384_000],
        "sample_rate": [8000, 44_100],
        "channel": ["left", "right"],
        "normalize": ["peak", "rms"],
        "split": ["random"],
        "repeat": [[[0, 1], [2, 3]], [[0, 1e-9], [1, 1 + 1e-9]], [[0, 11], [11, 22]], [[0, 9e9], [1, 9e9 + 1]]],
        "gap_seconds": [0, 10],
        "longest_part_seconds": [1],
        "validation_share": [0.01, 0.45],
        "test_share": [0.01, 0.45],
    }
    keys = draw.sample(sorted(odd), draw.choice([0, 0, 1, 2, 4]))
    return {f"data.{key}": draw.choice(odd[key]) for key in keys}


def test_the_check_reports_a_reason_for_any_damaged_file(place):
    faults, before = {}, snapshot(place)
    for case, draw in drawn("check", 60):
        dry, wet = pair(place, draw)
        values = {"input": str(dry), "output": str(wet), "folder": "checked"} | settings(draw)
        given = snapshot(place)
        found = run_task("nasamp.check", values)
        wrong = found.faults() + changes(given, snapshot(place, [place / "checked"]))
        note(faults, described(case, values, place), wrong)
        cleared(place, before)
    assert not faults, report(faults)


def test_training_refuses_a_damaged_file_with_a_message_or_accepts_it(place):
    faults, before = {}, snapshot(place)
    for case, draw in drawn("load", 140):
        dry, wet = pair(place, draw)
        values = {key.removeprefix("data."): value for key, value in settings(draw).items()}
        try:
            found = recording.load(data_for(dry, wet, **values))
        except AudioError as refused:
            assert str(refused)
        except Exception as error:  # noqa: BLE001 - each is a fault, and the next case comes
            faults[described(case, values, place)] = [repr(error)]
        else:
            if not (np.isfinite(found.input).all() and np.isfinite(found.output).all()):
                faults[described(case, values, place)] = ["trains on what is no number"]
        cleared(place, before)
    assert not faults, report(faults)


def test_the_renderer_refuses_a_damaged_input_with_a_message_or_plays_it(place):
    faults, before = {}, snapshot(place)
    for case, draw in drawn("render", 100):
        odd = place / "odd.wav"
        put(odd, draw)
        output = draw.choice(["out.wav", "out.flac", "no/out.wav", "odd.wav", "dry.wav"])
        values = {"model.path": "amp.nam", "input": str(odd), "output": output}
        values |= draw.choice(
            [
                {},
                {},
                {"target": "dry.wav"},
                {"target": str(odd)},
                {"subtype": "PCM_16"},
                {"input": "dry.wav", "target": str(odd)},
            ]
        )
        given = snapshot(place)
        found = run_task("nasamp.render", values)
        wrong = found.faults() + changes(given, snapshot(place), [place / output, place / "no"])
        note(faults, described(case, values, place), wrong)
        cleared(place, before)
    assert not faults, report(faults)


def described(case: str, values: dict[str, object], place: Path) -> str:
    """Return a case with its settings and the first bytes of its files."""
    odd = [path for path in sorted(place.iterdir()) if path.name.partition(".")[0] in ("odd", "other")]
    shown = [
        f"{path.name}: {path.stat().st_size} bytes, {path.read_bytes()[:120].hex()}" for path in odd if path.is_file()
    ]
    return " ".join([case, *(f"{key}={value}" for key, value in values.items()), *shown])


def cleared(place: Path, before: dict[str, tuple[int, str]]) -> None:
    for path in sorted(snapshot(place).keys() - before.keys(), key=len):
        emptied(Path(path))
