"""Batches of segments of a recording, each with the samples before and after it that the network needs."""

import bisect
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytorch_lightning as lightning
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset, Sampler

from nasamp.audio.recording import Recording
from nasamp.audio.split import Parts, length
from nasamp.errors import ConfigError
from nasamp.schema import Recipe

Batch = tuple[Tensor, Tensor]  # input with context, and target: (batch, 1, left + n + right), (batch, 1, n)
Signals = tuple[Tensor, Tensor]  # the same of a whole recording: (left + samples + right,), (samples,)
SCORED_SAMPLES = 65_536  # at a time, of the validation and the test part; bounds the memory and changes no number


class Crops(Dataset[Batch]):
    """Segments of a part of the recording, whose starts are ``hop`` samples apart."""

    def __init__(self, signals: Signals, part: Parts, *, samples: int, hop: int, keep_rest: bool) -> None:
        """Store the signals; nothing is copied until a batch is requested.

        Args:
            signals: see ``signals_of``.
            samples: length of a segment.
            hop: samples from the start of a segment to the start of the next.
            keep_rest: whether the last segment of each slice may be shorter.
        """
        self._input, self._target = signals
        self._around, self._samples = len(self._input) - len(self._target), samples
        self._starts = [range(piece.start, piece.stop - (0 if keep_rest else samples - 1), hop) for piece in part]
        self._stops = [piece.stop for piece in part]
        self._ends = list(itertools.accumulate(map(len, self._starts)))

    def __len__(self) -> int:
        """Return the number of segments."""
        return self._ends[-1]

    def __getitem__(self, index: int) -> Batch:
        """Return one segment as a batch of one."""
        return self.__getitems__([index])

    def __getitems__(self, indices: Sequence[int]) -> Batch:
        """Return the segments of one batch, which must have the same length."""
        spans = [self._span(index) for index in indices]
        inputs = torch.stack([self._input[start : stop + self._around] for start, stop in spans])
        targets = torch.stack([self._target[start:stop] for start, stop in spans])
        return inputs[:, None], targets[:, None]

    def _span(self, index: int) -> tuple[int, int]:
        stretch = bisect.bisect_right(self._ends, index)
        start = self._starts[stretch][index - self._ends[stretch]]
        return start, min(start + self._samples, self._stops[stretch])


def signals_of(recording: Recording, context: tuple[int, int]) -> Signals:
    """Return the input, padded with zeros by a network's context, and the output."""
    return functional.pad(torch.from_numpy(recording.input), context), torch.from_numpy(recording.output)


class ShuffledEpochs(Sampler[list[int]]):
    """Batches of indices, each index once per epoch; the last batch may be smaller.

    The order depends on the seed and the step only, so that a resumed job gets the same batches.
    """

    def __init__(self, length: int, *, batch_size: int, seed: int, step: Callable[[], int]) -> None:
        """Store the arguments; ``step`` returns how many batches were trained on when an iteration begins."""
        self._length, self._batch_size, self._seed, self._step = length, batch_size, seed, step

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return -(-self._length // self._batch_size)

    def __iter__(self) -> Iterator[list[int]]:
        """Yield the remaining batches of the epoch."""
        epoch, done = divmod(self._step(), len(self))
        order = torch.Generator().manual_seed(self._seed * 1_000_003 + epoch)
        indices: list[int] = torch.randperm(self._length, generator=order).tolist()
        for start in range(done * self._batch_size, self._length, self._batch_size):
            yield indices[start : start + self._batch_size]


class DrawnAnywhere(Sampler[list[int]]):
    """Batches of random indices for several steps each; an epoch has as many samples as the training part.

    The indices depend on the seed and the step only.
    """

    def __init__(
        self,
        length: int,
        *,
        batch_size: int,
        steps_at_a_time: int,
        epoch_steps: int,
        seed: int,
        step: Callable[[], int],
    ) -> None:
        """Store the arguments; ``step`` returns how many steps were made when an iteration begins."""
        self._length, self._batch_size, self._steps_at_a_time = length, batch_size, steps_at_a_time
        self._batches, self._seed, self._step = max(1, epoch_steps // steps_at_a_time), seed, step

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return self._batches

    def __iter__(self) -> Iterator[list[int]]:
        """Yield the remaining batches of the epoch."""
        done = self._step() // self._steps_at_a_time
        for number in range(done, done - done % self._batches + self._batches):
            draw = torch.Generator().manual_seed(self._seed * 1_000_003 + number)
            shape = (self._steps_at_a_time * self._batch_size,)
            indices: list[int] = torch.randint(self._length, shape, generator=draw).tolist()
            yield indices


class RecordingData(lightning.LightningDataModule):
    """The training part as shuffled segments, the validation and the test part complete and in order."""

    def __init__(
        self, recording: Recording, *, context: tuple[int, int], recipe: Recipe, steps_at_a_time: int, seed: int
    ) -> None:
        """Make the datasets; raises ConfigError if a segment is longer than the training part.

        Args:
            context: samples before and after each segment that the network needs.
            steps_at_a_time: optimizer steps that one batch holds, with recipe.segments=anywhere.
        """
        super().__init__()
        segment_samples, is_drawn = recipe.segment_samples, recipe.segments == "anywhere"
        self.recording = recording
        train = recording.split.train
        longest = max(piece.stop - piece.start for piece in train)
        if segment_samples > longest:
            raise ConfigError(
                f"recipe.segment_samples={segment_samples}: longer than a piece of the training part "
                f"({longest:,} samples)"
            )
        hop = 1 if is_drawn else segment_samples
        signals = signals_of(recording, context)
        self._train = Crops(signals, train, samples=segment_samples, hop=hop, keep_rest=False)
        how: dict[str, Any] = {"batch_size": recipe.batch_size, "seed": seed, "step": self._step}
        self._batches: Sampler[list[int]] = (
            DrawnAnywhere(
                len(self._train),
                steps_at_a_time=steps_at_a_time,
                epoch_steps=length(train) // (recipe.batch_size * segment_samples),
                **how,
            )
            if is_drawn
            else ShuffledEpochs(len(self._train), **how)
        )
        self._validation, self._test = (
            Crops(signals, part, samples=SCORED_SAMPLES, hop=SCORED_SAMPLES, keep_rest=True)
            for part in (recording.split.validation, recording.split.test)
        )

    def state_dict(self) -> dict[str, Any]:
        """Return how the samples were preprocessed; Lightning writes it into the checkpoint."""
        recording = self.recording
        return {"sample_rate": recording.sample_rate, "delay_samples": recording.delay, "scale": recording.scale}

    def train_dataloader(self) -> DataLoader[Batch]:
        """Return the batches of one epoch; the last one may be smaller."""
        return DataLoader(self._train, batch_sampler=self._batches, collate_fn=_unchanged)

    def val_dataloader(self) -> DataLoader[Batch]:
        """Return the validation part in consecutive pieces."""
        return DataLoader(self._validation, 1, collate_fn=_unchanged)

    def test_dataloader(self) -> list[DataLoader[Batch]]:
        """Return the validation and the test part, each in consecutive pieces."""
        return [self.val_dataloader(), DataLoader(self._test, 1, collate_fn=_unchanged)]

    def _step(self) -> int:
        return self.trainer.global_step if self.trainer else 0


def _unchanged(batch: Any) -> Any:
    return batch
