"""W&B's environment variables: translated to nasamp's settings, and completed with nasamp's defaults."""

import os
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import platformdirs

from nasamp.errors import ConfigError

_MODES = {"online": "online", "run": "online", "offline": "offline", "dryrun": "offline", "disabled": "disabled"}
_SETTINGS = {"WANDB_PROJECT": "logger.project", "WANDB_ENTITY": "logger.entity"}
_OURS = {
    "WANDB_ERROR_REPORTING": "false",  # W&B's telemetry, which it also sends for offline runs
    "WANDB_INIT_TIMEOUT": "60",  # s that a run may take to start; W&B's default is 90
    "WANDB_FINISH_TIMEOUT": "60",  # s that a run may take to end; W&B's default is unlimited
    "WANDB_FINISH_TIMEOUT_RAISES": "true",
}

_PLACES = {
    "WANDB_CACHE_DIR": platformdirs.user_cache_path,
    "WANDB_CONFIG_DIR": platformdirs.user_config_path,
    "WANDB_DATA_DIR": platformdirs.user_data_path,
}


def complete() -> None:
    """Set nasamp's defaults for W&B's client, in this process and those that it starts."""
    for name, value in _OURS.items():
        os.environ.setdefault(name, value)


def move_out_of_a_full_home() -> None:
    """Move W&B's own files (logs, cache) to the folder for temporary files where the home folder cannot be written.

    Otherwise the client fails, or fills the terminal with messages.
    """
    for name, place in _PLACES.items():
        if name not in os.environ and not _is_writable(place("wandb")):
            os.environ[name] = str(Path(tempfile.gettempdir()) / "nasamp-wandb")


def overrides(environment: Mapping[str, str], known: Collection[str], typed: Sequence[str]) -> list[str]:
    """Return the overrides that W&B's variables stand for, for keys that the app has and that were not typed.

    >>> overrides({"WANDB_MODE": "dryrun", "WANDB_PROJECT": "amps"}, ["logger.mode", "logger.project"], [])
    ['logger.mode=offline', "logger.project='amps'"]
    >>> overrides({"WANDB_MODE": "disabled"}, ["track"], []), overrides({"WANDB_MODE": "online"}, ["track"], [])
    (['track=false'], [])

    Raises:
        ConfigError: WANDB_MODE is not a mode of W&B.
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
    """Raise ConfigError for a variable that W&B's client would reject in every job."""
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
