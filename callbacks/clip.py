"""A few seconds of the test part to listen to."""

from pathlib import Path

import pytorch_lightning as lightning
import torch

from callbacks.best import best_network
from nasamp.audio import clip
from nasamp.audio.recording import Recording
from nasamp.models.network import WaveNet, in_context
from nasamp.training.batches import JUDGED_AT_ONCE, Crops, signals_of


class AudioClip(lightning.Callback):
    """Write input, target and model as ``clip.flac`` into the job's folder, the same seconds for every model."""

    def __init__(self, *, enabled: bool, seconds: float) -> None:
        """Say whether anything is written, and how much of the test part; 0 is nothing."""
        self._enabled, self._seconds = enabled and seconds > 0, seconds

    def on_fit_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Play the loudest seconds through the best checkpoint, at the level of the recording."""
        if not self._enabled:
            return
        net = best_network(trainer, pl_module)
        recording: Recording = trainer.datamodule.recording  # type: ignore[attr-defined]
        span = clip.loudest(recording.output, recording.split.test, recording.sample_rate, self._seconds)
        signals = (recording.input[span], recording.output[span], _played(net, recording, span))
        heard = clip.Clip(recording.sample_rate, *(signal / recording.scale for signal in signals))
        clip.write(Path(trainer.default_root_dir) / clip.FILE, heard)


@torch.no_grad()
def _played(net: WaveNet, recording: Recording, span: slice) -> clip.Signal:
    """Return the output in a span of the recording, with what was played before it."""
    signals = signals_of(recording, net.context)
    pieces = Crops(signals, (span,), samples=JUDGED_AT_ONCE, hop=JUDGED_AT_ONCE, keep_rest=True)
    played = [in_context(net, pieces[index][0])[0, 0] for index in range(len(pieces))]
    return torch.cat(played).numpy()
