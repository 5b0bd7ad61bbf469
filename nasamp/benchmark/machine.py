"""Identifies the computer on which something was measured."""

import os
import platform
import subprocess
from functools import cache
from pathlib import Path


@cache
def machine() -> str:
    """Return the CPU's name and the number of cores of the system."""
    return f"{_cpu()}, {os.cpu_count()} cores"


def _cpu() -> str:
    """Return the CPU's name; Python's platform.processor() is empty, or only the family, on most systems."""
    described = Path("/proc/cpuinfo")
    if described.exists():
        lines = described.read_text("utf-8", errors="replace").splitlines()
        if names := [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]:
            return names[0]
    if platform.system() == "Darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603
    return platform.processor() or platform.machine()
