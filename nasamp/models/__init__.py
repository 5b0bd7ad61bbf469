"""The network that nasamp trains, and the ways to compute it."""

from nasamp.models.network import WaveNet

__all__ = ["WaveNet"]
