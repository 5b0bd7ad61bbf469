"""The errors of one setting against another's: python benchmarks/compare.py PREFIX OTHER [OTHER ...].

Each is the beginning of the names of folders under results/, such as fast for results/fast_s1 and results/fast_s1_dev.
Prints for each OTHER how many trainings it shares with PREFIX (same recording, shape, phase, seed), and the geometric
mean of its error over that of PREFIX; 1 is equal, more is worse.
"""

import sys

import numpy as np
import pandas as pd
from program import results

KEY = ["recording", "layers", "channels", "kernel_size", "phase", "seed"]
ERRORS = ["val_esr", "test_esr"]


def errors(prefix: str) -> pd.DataFrame:
    """Return the errors of all trainings in the folders of a prefix."""
    return results(f"{prefix}_s[0-9]*").set_index(KEY)[ERRORS]


def main() -> None:
    """Compare and print."""
    base = errors(sys.argv[1])
    print(f"| against {sys.argv[1]} | trainings | validation ESR | test ESR |\n|---|---|---|---|")
    for name in sys.argv[2:]:
        ratios = (errors(name) / base).dropna()
        means = np.exp(np.log(ratios).mean())
        print(f"| {name} | {len(ratios)} | {' | '.join(f'{mean:.2f}' for mean in means)} |")


if __name__ == "__main__":
    main()
