"""Converts a W&B run, from a file or the server, to a row of the tables."""

from collections.abc import Mapping
from typing import Any

from nasamp.quantities import DESCRIBING, QUANTITIES

_NOT_OWN = {*(quantity.key for quantity in QUANTITIES.values()), *QUANTITIES, *DESCRIBING, "epoch", "url"}


def row(run: Mapping[str, Any], status: str) -> dict[str, Any]:
    """Return a row: the columns of ``quantities``, those of the user's callbacks, and the description of the job.

    The description is candidate, identity, group, error and ``wandb``, the address of the run's page.

    Args:
        status: finished, failed, running or crashed.
    """
    summary = {key: _plain(value) for key, value in run["summary"].items()}
    config = run["config"]
    columns = {
        quantity.column: summary.get(quantity.key, config.get(quantity.column)) for quantity in QUANTITIES.values()
    }
    own = {
        key: value
        for key, value in summary.items()
        if key not in _NOT_OWN and not key.startswith("_") and "/" not in key
    }
    named = {"name": run.get("name"), "phase": run.get("job_type"), "status": status}
    where = {"wandb": run.get("url") or summary.get("url")}
    job = {"candidate": config.get("candidate"), "identity": config.get("identity"), "group": run.get("group")}
    return own | columns | named | where | job | {"error": summary.get("error")}


def _plain(value: Any) -> Any:
    """Return a summary value; W&B stores the best value of a metric as {"min": value}."""
    if isinstance(value, Mapping) and len(value) == 1 and value.keys() <= {"min", "max"}:
        return next(iter(value.values()))
    return value
