"""How much memory a job takes, and how many jobs at a time fit into this machine."""

import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass

import psutil

from nasamp.schema import Recipe

# Measured by benchmarks/memory.py: the peak of a worker's own memory, for six shapes and two recordings.
PROCESS_BYTES = 0.75e9  # Python, PyTorch, Lightning and the final numbers
BYTES_PER_SAMPLE = 12  # of the recording, in all the copies
BYTES_PER_ACTIVATION = 4  # each layer's output, single precision
KEPT_BYTES = 256 * 2**20  # more activations than these are computed again; models.fused.function has the same number


@dataclass(frozen=True)
class Room:
    """What this machine offers.

    Attributes:
        cores: physical ones that this process may use.
        free_bytes: memory that is available without swapping.
        has_gpu: whether PyTorch is likely to find a GPU, which holds one job at a time.
    """

    cores: int
    free_bytes: float
    has_gpu: bool = False

    def jobs(self, job_bytes: float) -> int:
        """Return how many jobs fit at a time: one per core, as far as the memory goes, at least one."""
        return max(1, min(self.cores, int(self.free_bytes // job_bytes)))

    def described(self, job_bytes: float) -> str:
        """Return the reason for that number."""
        return (
            f"cores: {self.cores}; {'GPU: 1; ' if self.has_gpu else ''}free memory: {self.free_bytes / 1e9:.1f} GB; "
            f"one job takes up to {job_bytes / 1e9:.1f} GB"
        )


def of_this_machine() -> Room:
    """Return the room at this moment."""
    process = psutil.Process()
    usable = len(process.cpu_affinity()) if hasattr(process, "cpu_affinity") else psutil.cpu_count() or 1
    has_gpu = shutil.which("nvidia-smi") is not None or (platform.system(), platform.machine()) == ("Darwin", "arm64")
    return Room(min(usable, psutil.cpu_count(logical=False) or usable), psutil.virtual_memory().available, has_gpu)


def job_bytes(costs: Mapping[str, int | float], recipe: Recipe, samples: int) -> float:
    """Return the most memory that the training of one network takes.

    Args:
        costs: of the network, see ``costs.columns``.
        recipe: says how much goes through the network at once.
        samples: length of the recording.
    """
    batch = recipe.batch_size * (recipe.segment_samples + costs["receptive_field"] - 1)
    activations = batch * costs["layers"] * costs["channels"]
    return PROCESS_BYTES + BYTES_PER_SAMPLE * samples + min(BYTES_PER_ACTIVATION * activations, KEPT_BYTES)
