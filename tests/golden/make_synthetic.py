"""Write synthetic.json, what the built-in recording sounds like; run it after raising synthetic.VERSION.

python tests/golden/make_synthetic.py
"""

import hashlib
import json
from pathlib import Path

from nasamp.audio import synthetic

SECONDS, SAMPLE_RATE, EVERY = 10, 44_100, 441


def main() -> None:
    """Store, for each of the two signals, its hash and every 441st sample, as 24-bit integers."""
    golden: dict[str, object] = {"version": synthetic.VERSION}
    for name, integers in zip(("input", "output"), synthetic.samples("screamer", SECONDS, SAMPLE_RATE), strict=True):
        digest = hashlib.sha256(integers.astype("<i4").tobytes()).hexdigest()
        golden[name] = {"sha256": digest, "every_441st": integers[::EVERY].tolist()}
    Path(__file__).with_name("synthetic.json").write_text(json.dumps(golden) + "\n", "utf-8")


if __name__ == "__main__":
    main()
