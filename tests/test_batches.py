"""Batches of a recording: segments with their true context, in order or at random places."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from recipes import recipe
from recordings import RATE, data_of, noise

from nasamp.audio import recording as audio
from nasamp.audio.split import cut, length
from nasamp.errors import ConfigError
from nasamp.training.batches import RecordingData


def batches_of(recording, context, **changes):
    how = recipe(batch_size=4, **changes)
    return RecordingData(recording, context=context, recipe=how, steps_at_a_time=3, seed=0)


def test_batches_hold_the_true_context_and_the_validation_part_is_whole(tmp_path):
    recording = audio.load(data_of(tmp_path, noise(), -noise()))
    data = batches_of(recording, (5, 2), segment_samples=1000)
    batches = list(data.train_dataloader())
    assert [len(x) for x, _ in batches][-1] == len(data.train_dataloader().dataset) % 4 or 4
    x, y = batches[0]
    assert np.array_equal(x[:, :, 5:-2], -y)
    assert x.shape[-1] == 1007
    wet = np.concatenate([y[0, 0] for _, y in data.val_dataloader()])
    assert np.array_equal(wet, cut(recording.output, recording.split.validation))
    place = int(np.flatnonzero(recording.input == float(x[0, 0, 10]))[0]) - 10
    assert np.array_equal(recording.input[place : place + 1007], x[0, 0])


def test_segments_drawn_anywhere_hold_the_true_context_and_depend_on_seed_and_step_alone(tmp_path):
    recording = audio.load(data_of(tmp_path, noise(), -noise()))
    data = batches_of(recording, (5, 2), segment_samples=1000, segments="anywhere")
    batches = list(data.train_dataloader())
    assert [tuple(x.shape) for x, _ in batches] == [(12, 1, 1007)] * (length(recording.split.train) // 4000 // 3)
    starts = [int(np.flatnonzero(recording.input == float(x[0, 5]))[0]) for x in torch.cat([x for x, _ in batches])]
    assert len(set(starts)) == len(starts)
    assert max(starts) + 1000 <= recording.split.train[0].stop
    assert all(np.array_equal(x[:, :, 5:-2], -y) for x, y in batches)
    later = batches_of(recording, (5, 2), segment_samples=1000, segments="anywhere")
    later.trainer = SimpleNamespace(global_step=6)
    assert all(torch.equal(x, y) for (x, _), (y, _) in zip(later.train_dataloader(), batches[2:], strict=True))


def test_crops_of_a_random_split_never_cross_a_piece(tmp_path):
    recording = audio.load(data_of(tmp_path, noise(60), -noise(60), split="random"))
    data = batches_of(recording, (5, 0), segment_samples=3000)
    wet = np.concatenate([y[0, 0] for _, y in data.val_dataloader()])
    assert np.array_equal(wet, cut(recording.output, recording.split.validation))
    assert len(data.train_dataloader().dataset) == 2 * len(recording.split.train)  # two crops of 3000 fit into 8192
    with pytest.raises(ConfigError, match=r"segment_samples=9000: longer than a piece .*\(8,192 samples\)"):
        batches_of(recording, (5, 0), segment_samples=9000)


def test_the_checkpoint_holds_the_preprocessing_of_the_recording(tmp_path):
    recording = audio.load(data_of(tmp_path, noise(), noise(), delay=4, normalize="peak"))
    data = batches_of(recording, (5, 0), segment_samples=3000)
    assert data.state_dict() == {"sample_rate": RATE, "delay_samples": 4, "scale": recording.scale}
