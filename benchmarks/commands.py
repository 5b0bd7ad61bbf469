"""CPU seconds of the commands that train nothing: python benchmarks/commands.py.

Best of several rounds, user and system time of the process; `import hydra` stands beside them as the measure of
the machine. The 1,000 runs are one genuine offline run of 500 steps with a validation after each, copied under 1,000
ids and names; the first reading parses them all, the next ones find them parsed.
"""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = 5
RUNS, STEPS = 1000, 500
GRID = ["model.layers=5,6", "model.channels=range(1,101)", "model.kernel_size=range(2,52)"]


def cpu_seconds(*arguments: str, rounds: int = ROUNDS) -> float:
    """Return user + system time of ``python ARGUMENTS``, best of the rounds, in s."""
    return min(_once(arguments) for _ in range(rounds))


def one_run(folder: Path) -> Path:
    """Return the .wandb file of a short genuine training with a validation after each step."""
    size = ["model.layers=2", "model.channels=2", "data.seconds=10", "phase=smoke", "search.name=one"]
    length = [f"phase.length.steps={STEPS}", "phase.validate_every=1", "phase.patience=1000"]
    line = [sys.executable, "-m", "nasamp", *size, *length, f"hydra.sweep.dir={folder / 'one'}"]
    subprocess.run(line, check=True, capture_output=True)
    return next(folder.rglob("run-*.wandb"))


def copied(run: Path, folder: Path, count: int) -> None:
    """Write copies of a run under ids of their own, of equal length; the frames' checksums are not looked at."""
    content, run_id, name = run.read_bytes(), run.stem.removeprefix("run-").encode(), b"L2_C2_K3"
    for i in range(count):
        own = f"{i:0{len(run_id)}d}"
        place = folder / "wandb" / f"offline-run-{own}"
        place.mkdir(parents=True)
        named = content.replace(run_id, own.encode()).replace(name, own[-len(name) :].encode())
        (place / f"run-{own}.wandb").write_bytes(named)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        run = one_run(folder)
        copied(run, folder / "many", RUNS)
        read = "from pathlib import Path; from nasamp import tracking; import sys;"
        read += f"assert len(tracking.read_runs(Path(sys.argv[1]))) == {RUNS}"
        reading = ["-c", read, str(folder / "many")]
        pareto = ["-m", "nasamp.pareto", f"runs={folder / 'many'}", f"output={folder / 'out'}"]
        rows = {
            "import hydra": cpu_seconds("-c", "import hydra"),
            "--help": cpu_seconds("-m", "nasamp", "--help"),
            "--cfg job": cpu_seconds("-m", "nasamp", "--cfg", "job"),
            "dry run, 12 points": cpu_seconds("-m", "nasamp", "-m", "search=poc", "search.dry_run=true"),
            "dry run, 10,000 points": cpu_seconds("-m", "nasamp", "-m", *GRID, "search.dry_run=true", rounds=2),
            f"read {RUNS:,} runs of {run.stat().st_size / 1024:.0f} KiB": cpu_seconds(*reading, rounds=1),
            "read them again": cpu_seconds(*reading),
            f"the Pareto app on {RUNS:,} runs": cpu_seconds(*pareto, rounds=1),
        }
    for name, seconds in rows.items():
        print(f"{name:<32}{seconds:6.2f} s{seconds / rows['import hydra']:7.1f} x import hydra")


def _once(arguments: tuple[str, ...]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
