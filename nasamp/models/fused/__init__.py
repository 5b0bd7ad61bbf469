"""The WaveNet forward and backward in C++, in one pass that stays in the cache: same mathematics, less time."""

from nasamp.models.fused.building import NoLibrary
from nasamp.models.fused.function import fused
from nasamp.models.fused.table import unsupported

__all__ = ["NoLibrary", "fused", "unsupported"]
