"""From a command to an exit code: Hydra is started here, and every error becomes one line."""
