"""How the cost of a search grows: python benchmarks/linear.py.

CPU seconds (user and system) of the real program in one process, recipe fast, L6 C16 of different seeds: with the
number of points, of steps, and with the length of the recording; and what a job costs beside its steps.
"""

import tempfile

from program import cpu_seconds

MODEL = [
    "model.layers=6",
    "model.channels=16",
    "phase=quick",
    "launcher=basic",
    "logger=none",
    "trainer.accelerator=cpu",
]


def search(points: int, steps: int, seconds: int) -> float:
    """Return the CPU seconds of one search."""
    with tempfile.TemporaryDirectory() as folder:
        common = [*MODEL, f"data.seconds={seconds}", f"phase.validate_every={steps}"]
        seeds = "seed=" + ",".join(map(str, range(1, points + 1)))
        return cpu_seconds("-m", *common, f"phase.length.steps={steps}", seeds, folder=folder)


def main() -> None:
    """Measure and print."""
    for seconds in (90, 180, 360, 720):
        search(1, 2, seconds)  # its audio is made, and kept for the user
    rows = [(points, 200, 90) for points in (4, 12, 48)] + [(4, steps, 90) for steps in (2, 1000, 4000)]
    rows += [(4, 200, seconds) for seconds in (180, 360, 720)]
    print("| points | steps | recording [s] | CPU s |\n|---:|---:|---:|---:|")
    found = {}
    for each in rows:
        found[each] = search(*each)
        print(f"| {' | '.join(map(str, each))} | {found[each]:.1f} |", flush=True)
    print()
    for seconds in (90, 360, 720):
        few = found.get((4, 2, seconds)) or search(4, 2, seconds)
        job = (search(12, 2, seconds) - few) / 8
        print(f"a job beside its steps on {seconds} s, imports and checks aside: {job:.2f} CPU s")


if __name__ == "__main__":
    main()
