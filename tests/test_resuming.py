"""A later phase that starts from the checkpoint of an earlier one, by short trainings in this process."""

import numpy as np
import pytest
import pytorch_lightning as lightning
import torch
from recipes import phase, recipe

from nasamp import losses
from nasamp.architecture import stack
from nasamp.audio.recording import Recording
from nasamp.audio.split import Split
from nasamp.errors import JobError
from nasamp.models import WaveNet
from nasamp.training import fitting
from nasamp.training.batches import RecordingData
from nasamp.training.checkpoints import LAST, STABLE
from nasamp.training.history import identity_of
from nasamp.training.module import Training
from nasamp.training.resuming import KeepLast, WarmStart

SPLIT = Split((slice(0, 24_000),), (slice(25_000, 27_000),), (slice(28_000, 30_000),))
RECIPE = recipe("fast", batch_size=2, segment_samples=200, warmup_steps=5)


def training(net, how, length, first_step=0):
    return Training(
        net, losses.esr, recipe=how, phase=length, monitor="val/esr", sample_rate=8000, first_step=first_step
    )


def train(folder, length, *callbacks):
    """Return the module and the trainer after a phase; its last checkpoint is ``last.ckpt``."""
    torch.manual_seed(0)
    dry = np.random.default_rng(0).normal(0, 0.2, 30_000).astype(np.float32)
    recording = Recording("noise", dry, np.tanh(3 * dry), 8000, SPLIT)
    net, first_step = WaveNet(stack(layers=2, channels=4, kernel_size=3)), callbacks[0].step if callbacks else 0
    module = training(net, RECIPE, length, first_step)
    at_a_time = module.steps_at_a_time
    data = RecordingData(recording, context=net.context, recipe=RECIPE, steps_at_a_time=at_a_time, seed=0)
    folder.mkdir(exist_ok=True)
    trainer = lightning.Trainer(
        max_epochs=-1,
        max_steps=length.length.steps,
        val_check_interval=length.validate_every // at_a_time,
        check_val_every_n_epoch=None,
        num_sanity_val_steps=0,
        logger=False,
        enable_checkpointing=True,
        enable_progress_bar=False,
        enable_model_summary=False,
        accelerator="cpu",
        callbacks=[*callbacks, KeepLast(folder, length)],
    )
    trainer.fit(module, data)
    return module, trainer


def weights(folder, name=LAST):
    content = torch.load(folder / name, weights_only=True)
    return torch.cat([value.flatten() for value in content["state_dict"].values()])


@pytest.mark.parametrize("decay_share", [0.0, 0.5])
def test_two_phases_make_the_steps_of_one(tmp_path, decay_share):
    short, long = phase(steps=40, validate_every=20, decay_share=decay_share), phase(steps=80, validate_every=20)
    train(tmp_path / "whole", long)
    train(tmp_path / "scan", short)
    start = tmp_path / "scan" / (STABLE if decay_share else LAST)
    assert torch.load(start, weights_only=True)["global_step"] == (20 if decay_share else 40)
    _, trainer = train(tmp_path / "survivor", long, WarmStart(start))
    assert trainer.global_step == 80
    assert torch.equal(weights(tmp_path / "survivor"), weights(tmp_path / "whole"))
    assert not torch.equal(weights(tmp_path / "scan"), weights(tmp_path / "whole"))


def test_checkpoints_hold_the_averaged_weights_and_training_continues_from_the_others(tmp_path):
    module, _ = train(tmp_path, phase(steps=40, validate_every=20))
    content = torch.load(tmp_path / LAST, weights_only=True)
    assert not torch.allclose(weights(tmp_path), content["training"]["weights"])
    flat = torch.cat([value.detach().flatten() for value in module.net.parameters()])
    assert torch.equal(flat.sort().values, content["training"]["weights"].sort().values)


def test_the_learning_rate_is_constant_until_the_last_stable_step(tmp_path):
    assert phase(steps=1000, validate_every=100, decay_share=0.25).last_stable_step == 700
    assert phase(steps=1000, validate_every=100).last_stable_step == 0
    assert phase(epochs=10, decay_share=0.5).last_stable_step == 0


@pytest.mark.parametrize("content", [None, b"PK\x03\x04 torn"])
def test_a_checkpoint_that_cannot_be_read_is_named_with_what_to_set(tmp_path, content):
    path = tmp_path / LAST
    if content:
        path.write_bytes(content)
    with pytest.raises(JobError, match=r"last\.ckpt: cannot be read .*search\.warm_start=false"):
        WarmStart(path)


@pytest.mark.parametrize(
    ("how", "length", "first_step", "steps"),
    [
        (RECIPE, phase(steps=1000, validate_every=100), 0, 25),
        (RECIPE, phase(steps=14, validate_every=7), 0, 7),
        (RECIPE, phase(steps=1000, validate_every=100), 30, 10),
        (RECIPE, phase(epochs=3), 0, 1),
        (recipe(), phase(steps=1000, validate_every=100), 0, 1),
    ],
)
def test_a_batch_holds_steps_that_meet_every_validation(how, length, first_step, steps):
    assert (
        training(WaveNet(stack(layers=1, channels=1, kernel_size=1)), how, length, first_step).steps_at_a_time == steps
    )


def test_a_later_phase_is_validated_at_the_multiples_of_its_own_steps(tmp_path):
    train(tmp_path / "scan", phase(steps=30, validate_every=30))
    validated = []
    keep = lightning.callbacks.LambdaCallback(
        on_validation_end=lambda trainer, _: validated.append(trainer.global_step)
    )
    train(tmp_path / "survivor", phase(steps=120, validate_every=40), WarmStart(tmp_path / "scan" / LAST), keep)
    assert validated == [40, 80, 120]


def test_a_phase_shorter_than_its_interval_is_validated_at_its_end():
    assert fitting._length(phase(epochs=2, validate_every=100), 1)["check_val_every_n_epoch"] == 2
    short = phase(steps=8, validate_every=100)
    steps_at_a_time = training(WaveNet(stack(2, 4, 3)), RECIPE, short).steps_at_a_time
    assert fitting._length(short, steps_at_a_time)["val_check_interval"] == 1


@pytest.mark.parametrize("place", range(0, 100, 3))
def test_a_torn_checkpoint_belongs_to_no_job(tmp_path, place):
    path = tmp_path / LAST
    torch.save({"callbacks": {"KeepHistory": {"identity": "some"}}, "weights": torch.ones(50)}, path)
    assert identity_of(path) == "some"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * place // 100])
    assert identity_of(path) == ""
