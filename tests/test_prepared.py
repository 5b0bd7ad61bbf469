"""A recording on disk, as every job of a search finds it."""

import numpy as np
import pytest
from recordings import data_of, noise

from nasamp.audio import prepared
from nasamp.audio import recording as audio
from nasamp.errors import AudioError


@pytest.fixture
def recording(tmp_path):
    repeat = [[0, 2], [0, 2]]
    return audio.load(data_of(tmp_path, noise(), -noise(), normalize="peak", delay=4, repeat=repeat, split="random"))


def test_what_is_read_is_what_was_written(tmp_path, recording):
    found = prepared.read(prepared.write(recording, tmp_path))
    assert np.array_equal(found.input, recording.input)
    assert np.array_equal(found.output, recording.output)
    assert found.facts == recording.facts
    for field in ("name", "split", "findings", "repeat", "lag", "scale", "delay"):
        assert getattr(found, field) == getattr(recording, field), field


def test_the_signals_are_memory_mapped_and_a_job_cannot_change_the_file(tmp_path, recording):
    folder = prepared.write(recording, tmp_path)
    found = prepared.read(folder)
    assert isinstance(found.input, np.memmap)
    found.input[:] = 0
    assert np.array_equal(prepared.read(folder).input, recording.input)


def test_writing_twice_keeps_the_file_that_jobs_have_mapped(tmp_path, recording):
    path = prepared.write(recording, tmp_path) / "input.npy"
    before = path.stat().st_ino
    prepared.write(recording, tmp_path)
    assert path.stat().st_ino == before


@pytest.mark.parametrize("name", ["input.npy", "recording.json"])
def test_a_damaged_folder_gives_an_error_that_says_how_to_rebuild_it(tmp_path, recording, name):
    path = prepared.write(recording, tmp_path) / name
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(AudioError, match=r"cannot be read .*run the search's command again"):
        prepared.read(path.parent)
    assert np.array_equal(prepared.read(prepared.write(recording, tmp_path)).input, recording.input)
