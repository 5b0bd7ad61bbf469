"""The memory that a job needs, and how many jobs fit on this machine at a time."""

import platform
import shutil
from dataclasses import dataclass

import psutil

from nasamp.schema import Recipe
from nasamp.step_memory import KEPT_BYTES, MICRO_BATCH_SAMPLES

# Measured by benchmarks/memory.py: the peak of a worker's own memory, for six shapes and two recordings.
PROCESS_BYTES = 0.65e9  # Python, PyTorch and Lightning
BYTES_PER_SAMPLE = 10  # of the recording, in all the copies
BYTES_PER_JUDGED_SAMPLE = 120  # of validation or test, in the spectra of the final numbers


@dataclass(frozen=True)
class Machine:
    """The resources of a machine.

    Attributes:
        cores: physical ones that this process may use.
        free_bytes: memory available without swapping.
        has_gpu: whether PyTorch is likely to find a GPU, which runs one job at a time.
    """

    cores: int
    free_bytes: float
    has_gpu: bool = False

    def jobs(self, job_bytes: float) -> int:
        """Return how many jobs fit at a time: one per core, fewer if memory is short, at least one."""
        return max(1, min(self.cores, int(self.free_bytes // job_bytes)))

    def described(self, job_bytes: float) -> str:
        """Return the resources in words, as the reason for the number of jobs."""
        return (
            f"cores: {self.cores}; {'GPU: 1; ' if self.has_gpu else ''}free memory: {self.free_bytes / 1e9:.1f} GB; "
            f"one job needs up to {job_bytes / 1e9:.1f} GB"
        )


def of_this_machine() -> Machine:
    """Return the resources of this machine now."""
    process = psutil.Process()
    usable = len(process.cpu_affinity()) if hasattr(process, "cpu_affinity") else psutil.cpu_count() or 1
    has_gpu = shutil.which("nvidia-smi") is not None or (platform.system(), platform.machine()) == ("Darwin", "arm64")
    return Machine(min(usable, psutil.cpu_count(logical=False) or usable), psutil.virtual_memory().available, has_gpu)


def job_bytes(
    kept_per_sample: float, receptive_field: int, recipe: Recipe, samples: int, judged: int, *, is_bounded: bool = True
) -> float:
    """Return the peak memory of a training job, in bytes.

    Args:
        kept_per_sample: values that a step stores per sample, see ``architecture.kept_per_sample``.
        samples: length of the recording, in samples.
        judged: length of the longer of the validation and the test part, in samples.
        is_bounded: whether micro-batches bound what a step stores; not for a user's own class or half precision.
    """
    sequence = recipe.segment_samples + receptive_field - 1
    sample = 4 * kept_per_sample  # bytes, in single precision
    kept = recipe.batch_size * sequence * sample
    at_work = 2 * sample * max(sequence, MICRO_BATCH_SAMPLES)
    training = min(kept, KEPT_BYTES) + at_work if is_bounded else 2 * kept
    return PROCESS_BYTES + BYTES_PER_SAMPLE * samples + BYTES_PER_JUDGED_SAMPLE * judged + training
