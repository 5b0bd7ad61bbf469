"""A run of W&B as a row of the tables, wherever it was read from."""

from collections.abc import Mapping
from typing import Any

from nasamp.quantities import QUANTITIES


def row(run: Mapping[str, Any], status: str) -> dict[str, Any]:
    """Return the columns of ``quantities``, candidate, error and ``wandb``: where W&B shows the run.

    Args:
        run: name, job_type, config and summary, and url where the server knows it.
        status: finished, failed, running or crashed.
    """
    summary, config = run["summary"], run["config"]
    columns = {
        quantity.column: summary.get(quantity.key, config.get(quantity.column)) for quantity in QUANTITIES.values()
    }
    named = {"name": run.get("name"), "phase": run.get("job_type"), "status": status}
    where = {"wandb": run.get("url") or summary.get("url")}
    return columns | named | where | {"candidate": config.get("candidate"), "error": summary.get("error")}
