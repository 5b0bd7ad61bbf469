"""Starts Hydra for all apps and turns errors into one line and an exit code."""
