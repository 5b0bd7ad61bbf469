"""A recording cut into parts: train | gap | validation | gap | test."""

from dataclasses import dataclass

from nasamp.errors import AudioError


@dataclass(frozen=True)
class Split:
    """The parts, as slices of the samples, in this order; nothing of the gaps counts in any number."""

    train: slice
    validation: slice
    test: slice


def split(samples: int, gap: int, *, validation_share: float, test_share: float) -> Split:
    """Return contiguous parts; shares are of the whole, the training part is what they leave.

    Args:
        samples: length of the recording.
        gap: samples between two parts; at least a model's memory, or a part would be heard from the one before.

    Raises:
        AudioError: where the shares leave too little to train on.

    >>> split(1000, 10, validation_share=0.1, test_share=0.2)
    Split(train=slice(0, 680, None), validation=slice(690, 790, None), test=slice(800, 1000, None))
    """
    validation, test = int(samples * validation_share), int(samples * test_share)
    train = samples - validation - test - 2 * gap
    if train < max(validation, test, 1):
        raise AudioError(
            f"of {samples:,} samples the training part would get {train:,}; "
            "lower data.validation_share, data.test_share or data.gap_seconds"
        )
    start = train + gap
    return Split(slice(0, train), slice(start, start + validation), slice(samples - test, samples))
