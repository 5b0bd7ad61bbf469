"""How much of quality and work some models cover, on the scale of all."""

from collections.abc import Sequence

import moocore
import numpy as np
import pandas as pd

from nasamp.pareto.front import REFERENCE, scaled

QUALITY = ["val_esr_db", "macs_per_sample"]


def hypervolumes(tables: Sequence[pd.DataFrame]) -> list[float]:
    """Return the hypervolume of each table's front, validation ESR in dB against MACs, on the scale of all tables."""
    together = pd.concat([each[QUALITY] for each in tables]).to_numpy(float)
    ends = np.cumsum([len(each) for each in tables])
    parts = np.split(scaled(together, ["lower"] * len(QUALITY)), ends[:-1])
    return [float(moocore.hypervolume(part, ref=[REFERENCE] * len(QUALITY))) for part in parts]
