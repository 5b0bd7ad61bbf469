"""Lightning callbacks that conf/callbacks names: each calls a function of nasamp once a network is trained.

A callback that produces columns for the tables puts them into ``result``.
"""

from callbacks.benchmark import CpuBenchmark
from callbacks.clip import AudioClip
from callbacks.export import NamExport, OnnxExport, VoxJsonExport

__all__ = ["AudioClip", "CpuBenchmark", "NamExport", "OnnxExport", "VoxJsonExport"]
