"""The networks that can be searched."""

from nasamp.models.network import WaveNet

__all__ = ["WaveNet"]
