"""How close a model comes, in numbers that depend on neither batches nor segments.

``error``, ``weighting``, ``spectrum``, ``loudness`` and ``aliasing`` hold pure functions of whole signals;
``accumulate`` the torchmetrics classes over them, ``scores`` which numbers belong to which part.
"""

from nasamp.metrics.accumulate import PooledEsr, WholeSignal
from nasamp.metrics.scores import Scores

__all__ = ["PooledEsr", "Scores", "WholeSignal"]
