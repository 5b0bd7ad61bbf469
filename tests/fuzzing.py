"""Fuzzing: runs the apps in this process on random input, checks what they did, and numbers cases for repetition.

NASAMP_FUZZ_CASES=10 tries ten times as many cases as the long tests do, NASAMP_FUZZ_SEED=2 others.
"""

import contextlib
import hashlib
import importlib
import io
import logging
import os
import random
import shutil
import signal
import stat
import sys
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from nasamp.command_line import entry
from nasamp.errors import NasampError

ROOT = Path(__file__).parents[1]
FACTOR = float(os.environ.get("NASAMP_FUZZ_CASES", "1"))
SEED = os.environ.get("NASAMP_FUZZ_SEED", "1")
CODES = {0, 1, 2, 3, 4, 130}
Paths = dict[str, tuple[int, str]]


@dataclass(frozen=True)
class Outcome:
    """What an app did: its exit code, and all that it printed."""

    code: object
    printed: str

    def faults(self) -> list[str]:
        """Return the faults of an outcome that no input may cause."""
        found = [] if self.code in CODES else [f"exit code {self.code}"]
        if "Traceback (most recent call last)" in self.printed:
            found.append(self.printed[-1500:])
        if "RuntimeWarning" in self.printed:
            found.append(self.printed[-1500:])
        elif self.code not in (0, None) and not self.printed.strip():
            found.append("failed without a word")
        return found


def drawn(kind: str, count: int) -> Iterator[tuple[str, random.Random]]:
    """Return a name and a generator for each case of a kind; equal names draw equal cases."""
    for number in range(max(1, round(count * FACTOR))):
        name = f"{SEED}/{kind}/{number}"
        yield name, random.Random(name)  # noqa: S311 - it must repeat


def run(module: str, *arguments: str) -> Outcome:
    """Run an app as its command does, without a process of its own."""
    app = importlib.import_module(f"{module}.__main__")

    def main() -> object:
        sys.argv = [module, *arguments]
        GlobalHydra.instance().clear()
        app.main()
        return "returned"

    return _outcome(main)


def run_task(module: str, values: Mapping[str, Any]) -> Outcome:
    """Run an app on a config that is composed once: for thousands of files, not for odd commands."""
    app = importlib.import_module(f"{module}.__main__")

    def on_composed(task: Callable[[DictConfig], None], config_name: str, *_: Any, **__: Any) -> int:
        cfg = _composed(config_name)
        for key, value in values.items():
            OmegaConf.update(cfg, key, value)
        try:
            task(cfg)
        except (NasampError, OmegaConfBaseException) as error:
            print(error, file=sys.stderr)
            return getattr(error, "exit_code", 2)
        except OSError as error:
            if not (error.filename and error.strerror):  # as in the rim
                raise
            print(error, file=sys.stderr)
            return 2
        return 0

    def main() -> object:
        sys.argv = [module]
        app.main()
        return "returned"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entry, "run", on_composed)
        return _outcome(main)


def snapshot(folder: Path, without: Iterable[Path] = ()) -> Paths:
    """Return kind and content of each path in a folder, but for those that an app may write."""
    skipped, found = {str(path) for path in without}, {}
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if str(Path(parent, name)) not in skipped]
        for name in [*folders, *files]:
            path = Path(parent, name)
            if str(path) not in skipped:
                found[str(path)] = (stat.S_IFMT(path.lstat().st_mode), _content(path))
    return found


def changes(before: Paths, after: Paths, written: Iterable[Path] = ()) -> list[str]:
    """Return what was added, removed or changed, but for what is new at or below paths that the command names."""
    own = tuple(map(str, written))
    added = after.keys() - before.keys()
    new = {path for path in added if any(path == each or path.startswith(f"{each}/") for each in own)}
    words = {(False, True): "added", (True, False): "removed"}
    return [
        f"{words.get((path in before, path in after), 'changed')}: {path}"
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path) and path not in new
    ]


def note(faults: dict[str, list[str]], case: str, wrong: list[str]) -> None:
    """Record what is wrong with a case, and print it at once: the next one may kill the process."""
    if wrong:
        faults[case] = wrong
        print(f"FAULT {case}", *wrong, sep="\n  ", flush=True)


def report(faults: Mapping[str, list[str]]) -> str:
    """Return the first faults of many in words, for an assertion."""
    shown = [f"{case}\n  " + "\n  ".join(found) for case, found in list(faults.items())[:20]]
    return f"{len(faults)} cases:\n" + "\n".join(shown)


def emptied(*paths: Path) -> None:
    """Remove the files of a case."""
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


class _Printed(io.StringIO):
    """What was printed; an app that silences its output silences a file that nobody reads."""

    def fileno(self) -> int:
        return os.open(os.devnull, os.O_WRONLY)


def _outcome(main: Callable[[], object]) -> Outcome:
    """Return what a function did, and leave the process as it was."""
    printed, code = _Printed(), None
    with _restored(), contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            code = main()
        except SystemExit as stop:
            code = 0 if stop.code is None else stop.code
        except (Exception, KeyboardInterrupt):  # noqa: BLE001 - any exception is a finding
            code = "exception"
            traceback.print_exc()
    return Outcome(code, printed.getvalue())


@contextlib.contextmanager
def _restored() -> Iterator[None]:
    argv, environment, folder, root = sys.argv, dict(os.environ), Path.cwd(), logging.getLogger()
    handlers, level, term = list(root.handlers), root.level, signal.getsignal(signal.SIGTERM)
    unraisable, sys.unraisablehook = sys.unraisablehook, sys.__unraisablehook__  # of C, which pytest would keep
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("default", RuntimeWarning)
            warnings.showwarning = lambda *words, **_: print(warnings.formatwarning(*words[:4]), file=sys.stderr)
            yield
    finally:
        os.chdir(folder)
        sys.argv, sys.unraisablehook = argv, unraisable
        os.environ.clear()
        os.environ.update(environment)
        signal.signal(signal.SIGTERM, term)
        for handler in set(root.handlers) - set(handlers):
            handler.close()
        root.handlers, root.level = handlers, level
        logging.disable(logging.NOTSET)


_CONFIGS: dict[str, DictConfig] = {}


def _composed(name: str) -> DictConfig:
    if name not in _CONFIGS:
        GlobalHydra.instance().clear()
        with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
            _CONFIGS[name] = compose(name, return_hydra_config=True)
    HydraConfig.instance().set_config(_CONFIGS[name])
    return _CONFIGS[name].copy()


def _content(path: Path) -> str:
    if path.is_symlink():
        return str(path.readlink())
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
