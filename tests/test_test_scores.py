"""The scores on the test part, after a short training in this process."""

import numpy as np
import pytest
import pytorch_lightning as lightning
import torch
from pytorch_lightning.callbacks import ModelCheckpoint
from recipes import phase, recipe

from nasamp import losses
from nasamp.architecture import stack
from nasamp.audio.recording import Recording
from nasamp.audio.split import Split
from nasamp.models import WaveNet
from nasamp.quantities import OBJECTIVES, QUANTITIES
from nasamp.training import test_scores
from nasamp.training.batches import RecordingData
from nasamp.training.module import Training

RATE = 8000
RECIPE = recipe(learning_rate=0.01, batch_size=4, segment_samples=1000)
SPLIT = Split((slice(0, 24_000),), (slice(25_000, 33_000),), (slice(34_000, 44_000),))


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Return recording, best network and columns; the weights in memory were changed before the test."""
    torch.manual_seed(0)
    generator = np.random.default_rng(0)
    dry = generator.normal(0, 0.2, 44_000).astype(np.float32)
    wet = np.tanh(3 * dry)
    wet[SPLIT.test] *= 0.5  # so that no other part has its scores
    recording = Recording("noise", dry, wet, RATE, SPLIT)
    net = WaveNet(stack(layers=3, channels=4, kernel_size=3))
    module = Training(net, losses.esr, recipe=RECIPE, phase=phase(epochs=1), monitor="val/esr", sample_rate=RATE)
    data = RecordingData(recording, context=net.context, recipe=RECIPE, steps_at_a_time=1, seed=0)
    folder = tmp_path_factory.mktemp("job")
    checkpoint = ModelCheckpoint(folder, "best", monitor="val/esr")
    quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False, "accelerator": "cpu"}
    trainer = lightning.Trainer(max_epochs=1, callbacks=[checkpoint], **quiet)
    trainer.fit(module, data)
    with torch.no_grad():
        net.output_conv.weight.zero_()
    columns = test_scores.columns(trainer, module, data)
    best = WaveNet(stack(layers=3, channels=4, kernel_size=3))
    state = torch.load(checkpoint.best_model_path, weights_only=True)["state_dict"]
    best.load_state_dict({key.removeprefix("net."): value for key, value in state.items()})
    return recording, best, columns


def played(best, recording):
    with torch.no_grad():
        return best(torch.from_numpy(recording.input)[None, None])[0, 0].double().numpy()


def test_the_test_esr_is_that_of_the_best_checkpoint_on_the_test_part_in_its_true_context(done):
    recording, best, columns = done
    error = (played(best, recording) - recording.output)[SPLIT.test]
    expected = np.sum(error**2) / np.sum(recording.output[SPLIT.test].astype(float) ** 2)
    assert columns["test_esr"] == pytest.approx(expected, rel=1e-4)
    assert columns["test_mae"] == pytest.approx(np.abs(error).mean(), rel=1e-4)


def test_every_test_column_and_the_aliasing_have_a_number(done):
    wanted = {column for column in QUANTITIES if column.startswith("test_")} | {"aliasing_db", "val_mrstft"}
    assert set(done[2]) == wanted
    assert all(np.isfinite(value) for value in done[2].values())


def test_no_objective_is_a_score_on_the_test_part():
    assert not any(column.startswith("test_") for column in OBJECTIVES)
