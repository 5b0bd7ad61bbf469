"""Whether this checkout gives the results of an earlier commit: numbers, weights and files, bit for bit.

python benchmarks/same_results.py COMMIT [DRY WET]

Runs a small search with both, on the built-in data and on a recording, by the compiled step and by PyTorch; then gives
the earlier results to this checkout, which must take them over without training anything again.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import onnx
import torch
from program import ROOT, run

SEARCH = ("-m", "search=poc", "schedule=smoke", "recipe=fast", "export=onnx", "launcher=basic", "logger=none")
ROUNDING = 1e-4  # relative, where PyTorch's operations may come in another order
VARYING = ("seconds", "pace", "rtf", "machine", "date", "deadline", "realtime_capable")  # times
VARYING += ("checkpoint", "found")  # paths, sentences


def main(commit: str, recording: list[str]) -> int:
    """Compare, print what differs, and return an exit code."""
    differences: list[str] = []
    with tempfile.TemporaryDirectory() as temporary:
        earlier = Path(temporary) / "earlier"
        subprocess.run(["git", "-C", ROOT, "worktree", "add", "--detach", earlier, commit], check=True)  # noqa: S607
        try:
            for name, typed in _searches(recording).items():
                folders = [Path(temporary) / name / side for side in ("before", "now")]
                for folder, code in zip(folders, (earlier, ROOT), strict=True):
                    folder.mkdir(parents=True)
                    run(folder, *SEARCH, *typed, code=code)
                tolerance = ROUNDING if "torch" in name else 0.0
                found = _compare(*folders, tolerance)
                kept = run(folders[0], *SEARCH, *typed, code=ROOT).count("done before")
                found += [] if kept == 2 else [f"{2 - kept} phases of the earlier results were trained again"]
                print(f"{name}: {'; '.join(found[:5]) or 'equal'}", flush=True)
                differences += found
        finally:
            subprocess.run(["git", "-C", ROOT, "worktree", "remove", "--force", earlier], check=True)  # noqa: S607
    return 1 if differences else 0


def _searches(recording: list[str]) -> dict[str, list[str]]:
    amp = [f"data.{key}={path}" for key, path in zip(("input", "output"), recording, strict=False)]
    data = {"built-in": ["data.seconds=15"], **({"recording": ["data=recording", *amp]} if amp else {})}
    steps = {"fused": [], "torch": ["model.implementation=torch", "model.layers=5", "model.channels=16,24"]}
    return {f"{where}, {how}": [*of, *by] for where, of in data.items() for how, by in steps.items()}


def _compare(before: Path, now: Path, tolerance: float) -> list[str]:
    """Return what differs between two folders of results, as sentences."""
    found = []
    files = {path.relative_to(before) for path in before.glob("results/*/*/*/*") if path.is_file()}
    others = {path.relative_to(now) for path in now.glob("results/*/*/*/*") if path.is_file()}
    found += [f"{path}: only on one side" for path in sorted(files ^ others)]
    for path in sorted(files & others):
        if content := _content(before / path):
            found += [f"{path}: {key}" for key in _differences(content, _content(now / path), tolerance)]
    return found


def _content(path: Path) -> Any:
    """Return what a file says, without times and dates; None for one that is not compared."""
    if path.suffix in (".json", ".nam"):
        return json.loads(path.read_text("utf-8"))
    if path.suffix == ".onnx":
        return {tensor.name: list(tensor.raw_data) for tensor in onnx.load(path).graph.initializer}
    if path.suffix == ".ckpt":
        held = torch.load(path, weights_only=True)["state_dict"]
        return {key: value.flatten().tolist() for key, value in held.items()}
    return None


def _differences(before: Any, now: Any, tolerance: float, key: str = "") -> list[str]:
    if any(word in key for word in VARYING):
        return []
    if isinstance(before, dict) and isinstance(now, dict):
        keys = sorted({*before, *now})
        return [
            each for name in keys for each in _differences(before.get(name), now.get(name), tolerance, f"{key}.{name}")
        ]
    if isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        return [
            each
            for i, pair in enumerate(zip(before, now, strict=True))
            for each in _differences(*pair, tolerance, f"{key}.{i}")
        ]
    if isinstance(before, float) and isinstance(now, float) and abs(before - now) <= tolerance * max(abs(before), 1.0):
        return []
    return [] if before == now else [f"{key}: {str(before)[:40]} -> {str(now)[:40]}"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
