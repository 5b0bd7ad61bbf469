"""Tables of invented runs, as the Pareto app reads them from W&B."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nasamp.pareto import front
from nasamp.quantities import COLUMNS

CPU = "Apple M2, torch 2.9"
OBJECTIVES = ("val_esr", "latency_ms", "parameters")
PHASES = ("quick", "full")


def analyse(
    runs: pd.DataFrame, objectives: Sequence[str], phases: Sequence[str], cost: str = "macs_per_sample"
) -> front.Analysis:
    """Return the analysis of a search whose cost is counted in MACs, unless another column is named."""
    return front.analyse(runs, objectives, phases, cost)


def run(number: int = 1, **changes: object) -> dict[str, object]:
    """Return one finished run of phase ``full``; ``changes`` replace columns, or add them."""
    row: dict[str, object] = dict.fromkeys(COLUMNS, np.nan)
    row |= {"id": number, "name": f"search_{number:03d}_L5_C16_K3", "phase": "full", "recording": "amp", "seed": 0}
    row |= {"status": "finished", "layers": 5, "channels": 16, "kernel_size": 3, "dilation_base": 2}
    row |= {"parameters": 1000, "macs_per_sample": 900, "receptive_field": 63, "latency_ms": 2.0}
    row |= {"val_esr": 0.1, "val_esr_db": -10.0, "best_epoch": 3, "epochs": 5, "training_seconds": 60.0}
    row |= {"rtf_mean": 0.2, "rtf_engine": CPU, "realtime_capable": True}
    return row | changes


def seeds(number: int, *qualities: float, **changes: object) -> list[dict[str, object]]:
    """Return the runs of candidate ``number``, one for each quality, with seeds and ids from 1 and 10 * number + 1."""
    rows = []
    for seed, esr in enumerate(qualities, start=1):
        label = f"L{number}_C16_K3"
        id_ = 10 * number + seed
        named = {"name": f"search_{id_:03d}_{label}_seed-{seed}", "candidate": label, "seed": seed}
        rows.append(run(id_, **(named | {"val_esr": esr, "val_esr_db": 10 * np.log10(esr)} | changes)))
    return rows


def table(*rows: dict[str, object]) -> pd.DataFrame:
    """Return the runs as a table, one row each."""
    return pd.DataFrame(list(rows))


def network(number: int, layers: int, channels: int, esr: float, **changes: object) -> dict[str, object]:
    """Return a run whose costs are about those of such a WaveNet, and whose quality is given."""
    field = 1 + 2 * (2**layers - 1)
    parameters = layers * (7 * channels**2 + 4 * channels) + 3 * channels + 1
    costs = {"layers": layers, "channels": channels, "parameters": parameters, "macs_per_sample": parameters - channels}
    costs |= {"receptive_field": field, "latency_ms": 1000 * field / 44_100, "rtf_mean": 0.02 + parameters / 2e5}
    quality = {
        "candidate": f"L{layers}_C{channels}_K3",
        "val_esr": esr,
        "val_esr_db": 10 * np.log10(esr),
        "name": f"search_{number:03d}_L{layers}_C{channels}_K3",
    }
    return run(number, **(costs | quality | changes))
