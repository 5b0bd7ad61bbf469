"""Print how long the built-in guitar and devices take: CPU seconds for 100 s of audio.

python benchmarks/synthetic.py
"""

import platform
import time
from collections.abc import Callable
from typing import Any

from nasamp.audio.devices import DEVICES
from nasamp.audio.guitar import performance

SECONDS, SAMPLE_RATE = 100, 44_100


def main() -> None:
    """Measure each once, as it happens once per recording."""
    print(f"{platform.processor() or platform.machine()}, one process, {SECONDS} s at {SAMPLE_RATE} Hz")
    dry = _measured("guitar", lambda: performance(SECONDS, SAMPLE_RATE))
    for name, device in DEVICES.items():
        _measured(name, lambda device=device: device(dry, SAMPLE_RATE))


def _measured(name: str, make: Callable[[], Any]) -> Any:
    start = time.process_time()
    made = make()
    print(f"{name:10} {time.process_time() - start:5.1f} CPU s")
    return made


if __name__ == "__main__":
    main()
