"""Runs a Hydra app and turns every error into one line and an exit code."""

import functools
import importlib.util
import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from string import Template

import hydra
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

import nasamp
from nasamp.command_line import surroundings
from nasamp.command_line.wording import message, raised_by_hydra
from nasamp.errors import ConfigError, NasampError
from nasamp.schema.keys import Leaves, leaves
from nasamp.search.jobs import workers
from nasamp.search.plan import arguments, hydra_keys
from nasamp.search.terminal import text
from nasamp.tracking import environment

Task = Callable[[DictConfig], None]

_PACKAGE = Path(__file__).absolute().parents[1]  # without resolving links: an editable install may consist of them
_MULTIRUN = {"-m", "--multirun"}


def run(task: Task, config_name: str, schema: type, *, has_sweeper: bool = False) -> int:
    """Run a Hydra app with sys.argv and return its exit code.

    Args:
        task: called with the composed config.
        config_name: the primary config in conf/.
        schema: the dataclass of its keys.
        has_sweeper: whether the app runs searches; other apps refuse -m.
    """
    wants_traceback = os.environ.get("HYDRA_FULL_ERROR") == "1"
    logging.raiseExceptions = wants_traceback  # a full disk under train.log would fill the terminal
    known, typed = leaves(schema), sys.argv[1:]
    surroundings.prepare()
    try:
        surroundings.refuse(typed)
        with _hydra_arguments(typed, known):
            _start(task, config_name, typed, has_sweeper=has_sweeper)
        sys.stdout.flush()
    except BrokenPipeError:  # nasamp ... | head
        text.silence_output()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C during exit would print a traceback
        module = "nasamp" if has_sweeper else f"nasamp.{config_name}"
        _print_error(f"\ninterrupted; to continue: {arguments.command(typed, module)}")
        return 130
    except (NasampError, HydraException, OmegaConfBaseException, ValueError, TypeError, AssertionError) as error:
        is_ours = isinstance(error, NasampError | HydraException | OmegaConfBaseException)
        if not is_ours and not raised_by_hydra(error):
            raise
        if wants_traceback and not isinstance(error, NasampError):
            traceback.print_exc()
        word = error.word if isinstance(error, NasampError) else NasampError.word
        for line in message(error, known, typed).splitlines():
            _print_error(f"{word}: {line}")
        return error.exit_code if isinstance(error, NasampError) else ConfigError.exit_code
    except OSError as error:
        if wants_traceback or not error.strerror:
            raise
        where = error.filename or "a file or the output"
        _print_error(f"error: {where}: {error.strerror}; finished work is kept, and the same command continues")
        text.silence_output()
        return ConfigError.exit_code
    return 0


def _start(task: Task, config_name: str, typed: list[str], *, has_sweeper: bool) -> None:
    if {"-h", "--help"} & set(typed):
        print(_help(config_name))  # noqa: T201
        return
    if "--version" in typed:
        print(f"nasamp {nasamp.__version__}")  # noqa: T201
        return
    is_multirun = bool(_MULTIRUN & set(typed))
    errors: list[Exception] = []
    workers.on_stop(signal.default_int_handler)  # after Ctrl-C, SIGTERM or a closed terminal, print how to continue
    if is_multirun and not has_sweeper:
        raise ConfigError("this app runs once; -m belongs to python -m nasamp")
    hydra_keys.refuse_typed(sys.argv[1:], _conf_folder(), config_name, is_search=has_sweeper)
    if has_sweeper:
        _refuse_foreign_callbacks()
        _register_sweeper(typed, is_multirun=is_multirun)
    else:
        task = _collecting_errors(task, errors)
    hydra.main(version_base="1.3", config_path=str(_conf_folder()), config_name=config_name)(task)()
    if errors:
        raise errors[0]


def _help(config_name: str) -> str:
    """Return the primary config's help with each $group replaced by its options (Hydra would compose per group)."""
    folder = _conf_folder()
    text: str = OmegaConf.load(folder / f"{config_name}.yaml").hydra.help.template
    groups = [path for path in folder.iterdir() if path.is_dir()]
    options = {group.name: ", ".join(sorted(path.stem for path in group.glob("*.yaml"))) for group in groups}
    return Template(text).substitute(options)


@contextmanager
def _hydra_arguments(typed: list[str], known: Leaves) -> Iterator[None]:
    """Set sys.argv as Hydra needs it (flags first, paths quoted) and make Hydra raise errors instead of printing."""
    before = os.environ.get("HYDRA_FULL_ERROR")
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        sys.argv[1:] = arguments.for_hydra([*typed, *environment.overrides(os.environ, known, typed)], known)
        yield
    finally:
        sys.argv[1:] = typed
        os.environ.pop("HYDRA_FULL_ERROR")
        if before is not None:
            os.environ["HYDRA_FULL_ERROR"] = before


def _collecting_errors(task: Task, errors: list[Exception]) -> Task:
    """Return the task with its errors appended to ``errors``, since Hydra would print its own line for them."""

    @functools.wraps(task)
    def quiet(cfg: DictConfig) -> None:
        try:
            task(cfg)
        except (NasampError, OmegaConfBaseException, OSError) as error:
            errors.append(error)

    return quiet


def _conf_folder() -> Path:
    """Return the folder of the YAML groups: inside the package in a wheel, else in the checkout."""
    inside = _PACKAGE / "conf"
    return inside if inside.is_dir() else _PACKAGE.parent / "conf"


def _register_sweeper(typed: list[str], *, is_multirun: bool) -> None:
    """Register our sweeper with Hydra, however nasamp was installed, and pass it the typed arguments."""
    plugins = Plugins.instance()  # scans for plugins, which runs the plugin's file again: import it only afterwards
    from hydra_plugins.nasamp_sweeper import NasampSweeper

    NasampSweeper.is_multirun, NasampSweeper.typed = is_multirun, typed
    plugins.register(NasampSweeper)


def _refuse_foreign_callbacks() -> None:
    """Refuse to start where `import callbacks` finds another package: python -m looks in the current folder first."""
    ours, spec = _PACKAGE.parent / "callbacks", importlib.util.find_spec("callbacks")
    places = [*(spec.submodule_search_locations or []), spec.origin] if spec else []
    found = Path(next((place for place in places if place), ""))
    if not (places and found.exists() and found.samefile(ours)):
        raise ConfigError(f"`import callbacks` finds {found} instead of {ours}; start nasamp from another folder")


def _print_error(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201
