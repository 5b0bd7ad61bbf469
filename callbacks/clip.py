"""Writes a few seconds of the test part, to listen to."""

from typing import Any

import torch

from nasamp.audio import clip
from nasamp.audio.levels import Signal
from nasamp.audio.recording import Recording
from nasamp.models.network import in_context
from nasamp.training.batches import SCORED_SAMPLES, Crops, signals_of
from nasamp.training.best import AfterTraining, Trained


class AudioClip(AfterTraining):
    """Write input, target and model as ``clip.flac`` into the job's folder, the same seconds for every model."""

    def __init__(self, *, enabled: bool, seconds: float) -> None:
        """Store whether a clip is written, and its length; 0 = no clip."""
        super().__init__()
        self._enabled, self._seconds = enabled and seconds > 0, seconds

    def on_trained(self, trained: Trained) -> None:
        """Write the loudest seconds of the test part, at the level of the recording."""
        if not self._enabled:
            return
        recording = trained.recording
        span = clip.loudest(recording.output, recording.split.test, recording.sample_rate, self._seconds)
        signals = (recording.input[span], recording.output[span], _played(trained.net, recording, span))
        at_level = clip.Clip(recording.sample_rate, *(signal / recording.scale for signal in signals))
        clip.write(trained.folder / clip.FILE, at_level)


@torch.no_grad()
def _played(net: Any, recording: Recording, span: slice) -> Signal:
    """Return the output in a span of the recording, computed with the input before it as context."""
    signals = signals_of(recording, net.context)
    pieces = Crops(signals, (span,), samples=SCORED_SAMPLES, hop=SCORED_SAMPLES, keep_rest=True)
    played = [in_context(net, pieces[index][0])[0, 0] for index in range(len(pieces))]
    return torch.cat(played).numpy()
