"""Lightning callbacks of nasamp, named in conf/callbacks; each adapts one function to one moment of a job.

A callback that produces columns for the tables keeps them in ``result``.
"""

from callbacks.benchmark import CpuBenchmark
from callbacks.clip import AudioClip
from callbacks.export import NamExport, OnnxExport, VoxJsonExport

__all__ = ["AudioClip", "CpuBenchmark", "NamExport", "OnnxExport", "VoxJsonExport"]
