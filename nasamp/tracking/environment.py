"""W&B's environment variables: which stand for settings of ours, and which are set where the user did not."""

import os
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import platformdirs

from nasamp.errors import ConfigError

_MODES = {"online": "online", "run": "online", "offline": "offline", "dryrun": "offline", "disabled": "disabled"}
_SETTINGS = {"WANDB_PROJECT": "logger.project", "WANDB_ENTITY": "logger.entity"}
_OURS = {
    "WANDB_ERROR_REPORTING": "false",  # W&B's telemetry, which it sends of offline runs too
    "WANDB_INIT_TIMEOUT": "60",  # s that a run may take to begin, W&B's default is 90
    "WANDB_FINISH_TIMEOUT": "60",  # s that it may take to end, W&B's default is for ever
    "WANDB_FINISH_TIMEOUT_RAISES": "true",
}

_PLACES = {
    "WANDB_CACHE_DIR": platformdirs.user_cache_path,
    "WANDB_CONFIG_DIR": platformdirs.user_config_path,
    "WANDB_DATA_DIR": platformdirs.user_data_path,
}


def complete() -> None:
    """Set the variables that W&B's client is to run with, in this process and those that it starts."""
    for name, value in _OURS.items():
        os.environ.setdefault(name, value)


def move_out_of_a_full_home() -> None:
    """Send W&B's own files (logs, files on their way) to the folder for temporary ones, where no others can be written.

    Otherwise the client fails, or fills the terminal.
    """
    for name, place in _PLACES.items():
        if name not in os.environ and not _is_writable(place("wandb")):
            os.environ[name] = str(Path(tempfile.gettempdir()) / "nasamp-wandb")


def overrides(environment: Mapping[str, str], known: Collection[str], typed: Sequence[str]) -> list[str]:
    """Return the overrides that W&B's variables stand for: of keys that the app has and that were not typed.

    >>> overrides({"WANDB_MODE": "dryrun", "WANDB_PROJECT": "amps"}, ["logger.mode", "logger.project"], [])
    ['logger.mode=offline', "logger.project='amps'"]
    >>> overrides({"WANDB_MODE": "disabled"}, ["track"], []), overrides({"WANDB_MODE": "online"}, ["track"], [])
    (['track=false'], [])

    Raises:
        ConfigError: WANDB_MODE is none of W&B's modes.
    """
    given = {argument.partition("=")[0].lstrip("+~") for argument in typed}
    open_keys = set(known) - given
    found = []
    if (mode := environment.get("WANDB_MODE")) and open_keys & {"logger.mode", "track"}:
        if mode not in _MODES:
            raise ConfigError(f"WANDB_MODE={mode}: must be one of online, offline, disabled, or not set")
        if "logger.mode" in open_keys:
            found.append(f"logger.mode={_MODES[mode]}")
        elif mode == "disabled":
            found.append("track=false")
    for name, key in _SETTINGS.items():
        if environment.get(name) and key in open_keys:
            text = environment[name].replace("\\", "\\\\").replace("'", "\\'")
            found.append(f"{key}='{text}'")
    return found


def refuse_unreadable(environment: Mapping[str, str]) -> None:
    """Raise ConfigError for a variable that W&B's client would refuse in every job."""
    ours = [name for name in environment if name.startswith("WANDB_") and environment[name] != _OURS.get(name)]
    if not ours:
        return  # importing W&B takes a second
    import wandb

    for name in ours:
        try:
            wandb.Settings().update_from_env_vars({name: environment[name]})
        except ValueError as error:
            reason = str(error).splitlines()[-2 if "\n" in str(error) else 0].strip().partition(" [type=")[0]
            raise ConfigError(f"{name}: W&B refuses its value: {reason}; unset it, or type logger=none") from None


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            return bool(file.write(b"1"))
    except OSError:
        return False
