"""A whole training in this process: what callbacks get of it once it is over."""

import logging
import time
from pathlib import Path

import hydra
import numpy as np
import pytest
import pytorch_lightning as lightning
import soundfile
import torch

from callbacks import AudioClip, NamExport
from nasamp import losses
from nasamp.architecture import stack
from nasamp.audio.recording import Recording
from nasamp.audio.split import Split
from nasamp.models import WaveNet
from nasamp.schema import Config
from nasamp.schema.checking import check
from nasamp.training import fitting
from nasamp.training.best import AfterTraining

CONF = str(Path(__file__).parents[1] / "conf")
TYPED = ["phase=smoke", "phase.length.steps=20", "phase.validate_every=10", "trainer.accelerator=cpu"]
SPLIT = Split((slice(0, 24_000),), (slice(25_000, 33_000),), (slice(34_000, 44_000),))


class Seen(AfterTraining):
    def on_trained(self, trained):
        self.trained = trained
        time.sleep(0.3)


class Spoils(lightning.Callback):
    """Change the weights once training is over, as more steps without a better validation would."""

    def on_train_end(self, trainer, pl_module):
        with torch.no_grad():
            for weight in pl_module.net.parameters():
                weight.zero_()


class Own(torch.nn.Module):
    """A network of the user's: a gain."""

    context, causal = (0, 0), True

    def __init__(self):
        super().__init__()
        self.gain = torch.nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.gain * x


def fit(folder, net, *callbacks):
    with hydra.initialize_config_dir(CONF, version_base="1.3"):
        config = check(hydra.compose("config", ["hydra/sweeper=basic", *TYPED]), Config)
    dry = np.random.default_rng(0).normal(0, 0.2, 44_000).astype(np.float32)
    recording = Recording("noise", dry, np.tanh(3 * dry), 8000, SPLIT)
    folder = folder / "results" / "smoke" / "job"
    how = {"loggers": [], "identity": "some", "report": lambda **_: None}
    return fitting.fit(config, recording, folder, net, losses.esr, callbacks=callbacks, **how), folder


def network():
    torch.manual_seed(0)
    return WaveNet(stack(layers=3, channels=4, kernel_size=3))


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Return what the training found, what a callback got, the folder, and the checkpoints that were read."""
    read, load = [], torch.load
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "load", lambda path, **how: read.append(Path(path).name) or load(path, **how))
        found, folder = fit(tmp_path_factory.mktemp("fit"), network(), Spoils(), seen := Seen())
    return found, seen.trained, folder, read


def test_a_callback_gets_the_network_of_the_best_checkpoint(done):
    _, trained, folder, _ = done
    state = torch.load(folder / "best.ckpt", weights_only=True)["state_dict"]
    assert all(torch.equal(state[f"net.{name}"], weight) for name, weight in trained.net.state_dict().items())
    assert trained.net.output_conv.weight.abs().sum() > 0
    assert not trained.net.training


def test_a_callback_gets_the_numbers_of_the_best_validation(done):
    found, trained, _, _ = done
    assert trained.validation["val/esr"] == found.columns["val_esr"] < 1


def test_the_best_checkpoint_is_read_once(done):
    assert done[3].count("best.ckpt") == 1


def test_the_time_of_a_job_counts_what_comes_after_the_training(done):
    found = done[0]
    assert found.seconds >= found.columns["training_seconds"] + 0.3


def test_a_network_of_the_users_own_gets_a_clip_and_no_model_file(tmp_path, caplog):
    nam = NamExport(enabled=True, labels={})
    with caplog.at_level(logging.WARNING):
        _, folder = fit(tmp_path, Own(), AudioClip(enabled=True, seconds=1.0), nam)
    assert ".nam skipped: it is for nasamp's WaveNet, and this is a Own" in caplog.text
    assert nam.result == {} and not list(folder.glob("*.nam"))
    assert soundfile.info(folder / "clip.flac").frames == 8000
