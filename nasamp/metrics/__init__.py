"""Metrics of a model's quality that do not depend on batches or segments.

``error``, ``weighting``, ``spectrum``, ``loudness`` and ``aliasing`` hold pure functions of whole signals,
``accumulate`` the torchmetrics classes around them, ``scores`` the metrics of each part of a recording.
"""

from nasamp.metrics.accumulate import PooledEsr, WholeSignal
from nasamp.metrics.scores import Scores

__all__ = ["PooledEsr", "Scores", "WholeSignal"]
