"""Write synthetic.json, what the built-in recording sounds like; run it after raising synthetic.VERSION.

python tests/golden/make_synthetic.py
"""

import hashlib
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nasamp.audio import synthetic
from nasamp.audio.devices import DEVICES

SECONDS, SAMPLE_RATE, EVERY = 10, 44_100, 441


def main() -> None:
    """Store, for the guitar and each device, the hash and every 441st sample, as 24-bit integers."""
    golden: dict[str, object] = {"version": synthetic.VERSION}
    for device in DEVICES:
        dry, wet = synthetic.samples(device, SECONDS, SAMPLE_RATE)
        golden |= {"guitar": _fingerprint(dry), device: _fingerprint(wet)}
    Path(__file__).with_name("synthetic.json").write_text(json.dumps(golden) + "\n", "utf-8")


def _fingerprint(integers: NDArray[np.int32]) -> dict[str, object]:
    digest = hashlib.sha256(integers.astype("<i4").tobytes()).hexdigest()
    return {"sha256": digest, "every_441st": integers[::EVERY].tolist()}


if __name__ == "__main__":
    main()
