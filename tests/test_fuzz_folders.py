"""A search's folder with something wrong in it, through the apps that read it and the command that wrote it."""

import json
import os
import platform
import random
import shutil
from pathlib import Path

import pytest
from fuzzing import changes, drawn, emptied, note, report, run, run_task, snapshot

from nasamp.pareto import report as pareto_report

pytestmark = pytest.mark.long

SEARCH = [
    "-m",
    "model.layers=2,3",
    "model.channels=2",
    "schedule=smoke",
    "search.name=tiny",
    "data.seconds=10",
    "launcher=basic",
]
SEARCH += ["recipe.smoke.steps=2", "recipe.smoke_full.steps=4", "phase.validate_every=2", "benchmark.seconds=0.05"]
SEARCH += ["trainer.accelerator=cpu", "export.clip_seconds=0.1"]
VALUES = [None, True, 0, -1, 1.5, 10**400, "", "a", "finished", "../x", [], {}, [1], {"a": 1}]
VALUES += [float("nan"), float("inf"), "ü" * 300]
TEXTS = [b"null", b"[]", b"{}", b"0", b'"a"', b"\xff\xfe\0", b"\0" * 5000, b"[" * 5000, b"a: [", b"a\n" * 50, b"- 1"]
TEXTS += [b"\x89PNG", b'{"phases": [1]}', b"name: [1]", b"points: {}"]
KINDS = ["cut", "text", "text", "empty", "gone", "folder", "value", "value", "value", "value", "bytes", "link", "mode"]


@pytest.fixture(scope="module")
def searched(tmp_path_factory, cache):
    """Return the folder in which a small search ran."""
    folder, before = tmp_path_factory.mktemp("searched"), Path.cwd()
    os.environ["XDG_CACHE_HOME"] = str(cache)
    os.chdir(folder)
    try:
        done = run("nasamp", *SEARCH)
        assert done.code in (0, "returned"), done.printed
    finally:
        os.chdir(before)
        del os.environ["XDG_CACHE_HOME"]
    return folder


def damage(search: Path, draw: random.Random) -> str:
    """Damage one or two paths of a search; return what was done."""
    changes_made = []
    for _ in range(draw.choice([1, 1, 1, 2])):
        if draw.random() < 0.2:
            changes_made.append(planted(draw.choice(sorted(search.glob("smoke*/*"))), draw))
            continue
        files = sorted(path for path in search.rglob("*") if path.is_file() and not path.is_symlink())
        path, kind = draw.choice(weighted(files, draw)), draw.choice(KINDS)
        changes_made.append(f"{path.relative_to(search)}: {kind} {damaged(path, kind, draw)}")
    return "; ".join(changes_made)


def planted(job: Path, draw: random.Random) -> str:
    """Write a wrong result, error or heartbeat file into a job's folder."""
    path = job / draw.choice(["running", "running", "error.json"])
    odd = [platform.node(), os.getpid(), *VALUES]
    keys = {"running": ["host", "pid", "born", "token", "done", "tries"], "error.json": ["error", "identity", "status"]}
    held = {key: draw.choice(odd) for key in keys[path.name] if draw.random() < 0.7}
    if draw.random() < 0.4:
        held |= {"host": platform.node()}
    text = draw.choice(TEXTS) if draw.random() < 0.3 else json.dumps(held).encode()
    if draw.random() < 0.7:
        (job / "result.json").unlink(missing_ok=True)
    if not path.exists():
        path.write_bytes(text)
    return f"{path.name} in {job.name}: {text[:200]!r}"


def weighted(files: list[Path], draw: random.Random) -> list[Path]:
    """Return the files of one random name or extension, so that each kind of file is equally likely."""
    kinds = sorted({path.suffix or path.name for path in files})
    read = [each for each in (".json", ".yaml", ".wandb", ".csv", ".nam", ".flac") if each in kinds]
    kind = draw.choice(read if draw.random() < 0.7 else kinds)
    found = [path for path in files if (path.suffix or path.name) == kind]
    return (
        [path for path in found if path.name in ("result.json", "search.yaml")] or found
        if draw.random() < 0.5
        else found
    )


def damaged(path: Path, kind: str, draw: random.Random) -> str:
    content = path.read_bytes()
    if kind == "mode":
        path.chmod(0)
        return ""
    path.unlink()
    if kind == "cut":
        size = draw.randrange(len(content) + 1)
        path.write_bytes(content[:size])
        return f"to {size} bytes"
    if kind == "text":
        text = draw.choice(TEXTS)
        path.write_bytes(text)
        return repr(text[:20])
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "folder":
        path.mkdir()
    elif kind == "link":
        target = draw.choice([path.name, "nowhere", os.devnull, ".."])
        path.symlink_to(target)
        return target
    elif kind == "bytes":
        found = bytearray(content or b"a")
        for _ in range(draw.choice([1, 10])):
            found[draw.randrange(len(found))] = draw.randrange(256)
        path.write_bytes(bytes(found))
    elif kind == "value":
        return changed_value(path, content, draw)
    return ""


def changed_value(path: Path, content: bytes, draw: random.Random) -> str:
    """Write a JSON or YAML file, or a table, with another value somewhere."""
    import yaml

    if path.suffix == ".csv":
        lines = content.decode().splitlines()
        line = draw.randrange(len(lines))
        cells = lines[line].split(",")
        cells[draw.randrange(len(cells))] = draw.choice(["", "nan", "a", "1e999", "1,2,3", '"', "-"])
        lines[line] = ",".join(cells)
        path.write_text("\n".join(lines))
        return f"line {line}: {lines[line]}"
    try:
        held = yaml.safe_load(content)  # JSON too
    except (ValueError, yaml.YAMLError):
        held = None
    if not isinstance(held, dict) or not held:
        path.write_bytes(content + b"\n%%%")
        return "tail"
    node, key, where = held, draw.choice(list(held)), ""
    while True:
        where += f".{key}"
        below = node[key]
        inside = list(below) if isinstance(below, dict) else list(range(len(below))) if isinstance(below, list) else []
        if not inside or draw.random() < 0.4:
            break
        node, key = below, draw.choice(inside)
    if draw.random() < 0.2:
        del node[key]
        value: object = "deleted"
    else:
        node[key] = value = draw.choice(VALUES)
    path.write_text(json.dumps(held) if path.suffix != ".yaml" else yaml.safe_dump(held))
    return f"{where} = {str(value)[:40]}"


APPS = {
    "status": lambda search: run_task("nasamp.status", {"runs": str(search)}),
    "pareto": lambda search: run_task("nasamp.pareto", {"runs": str(search), "track": False}),
    "pareto of results": lambda search: run_task("nasamp.pareto", {"runs": str(search), "source": "results"}),
    "front.nam": lambda search: run_task(
        "nasamp.pareto", {"runs": str(search), "track": False, "export.slimmable": True}
    ),
    "the same command": lambda search: run("nasamp", *SEARCH, "search.dry_run=true"),
}
COUNTS = {"status": 100, "pareto": 15, "pareto of results": 8, "front.nam": 8, "the same command": 15}


@pytest.mark.parametrize("app", APPS)
def test_a_corrupt_file_in_the_folder_loses_nothing_else(searched, cache, tmp_path, monkeypatch, app):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    (tmp_path / "beside").write_text("stays")
    monkeypatch.setattr(pareto_report, "plot_all", lambda *arguments, **names: [])  # seconds a case, and no reading
    search, faults = tmp_path / "results" / "tiny", {}
    for case, draw in drawn(app, COUNTS[app]):
        shutil.copytree(searched / "results" / "tiny", search)
        changes_made = damage(search, draw)
        print(case, changes_made, flush=True)
        before = snapshot(tmp_path, [search])
        inside = snapshot(search)
        found = APPS[app](search.relative_to(tmp_path))
        wrong = found.faults() + changes(before, snapshot(tmp_path, [search]))
        wrong += [each for each in changes(inside, snapshot(search)) if is_loss(each, app)]
        note(faults, f"{case} {app}: {changes_made}", wrong)
        emptied(search)
    assert not faults, report(faults)


def is_loss(change: str, app: str) -> bool:
    """Return whether a reporting app changed the files of a job."""
    return (not change.startswith("added") and ("/smoke" in change or "search.yaml" in change)) or app == "status"
