"""The networks that can be searched."""

from nasamp.models.wavenet import WaveNet

__all__ = ["WaveNet"]
