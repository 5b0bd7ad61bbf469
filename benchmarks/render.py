"""How much memory and time an hour of audio takes: python benchmarks/render.py [minutes].

A file of noise at 48 kHz through a .nam of 44.1 kHz (so that it is resampled twice), by the real program.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from nasamp.architecture import stack
from nasamp.export import nam
from nasamp.models import WaveNet

RATE = 48_000


def main(minutes: float) -> None:
    """Make the file, run the program, print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        nam.write(
            folder / "a.nam", WaveNet(stack(layers=8, channels=16, kernel_size=3)), sample_rate=44_100, metadata={}
        )
        second = np.random.default_rng(0).uniform(-0.5, 0.5, RATE).astype(np.float32)
        with soundfile.SoundFile(folder / "dry.wav", "w", RATE, 1, "PCM_16") as file:
            for _ in range(round(minutes * 60)):
                file.write(second)
        command = [sys.executable, "-m", "nasamp.render", "model=a.nam", "input=dry.wav", "output=wet.wav"]
        start = time.perf_counter()
        print(subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip())
        wall = time.perf_counter() - start
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{minutes:g} min of audio, L8 C16 K3: {wall:,.0f} s, {minutes * 60 / wall:.0f} x real time")
    print(f"largest resident memory: {usage.ru_maxrss / 1024:,.0f} MB")  # in KiB on Linux


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 60)
