"""Shows the baselines that a network has to beat, and the noise floor, as lines on plots and rows of a table."""

from collections.abc import Mapping
from typing import cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

References = Mapping[str, Mapping[str, Mapping[str, float]]]  # recording: model: {val_esr, test_esr}, as in search.yaml

TITLES = {
    "copy": "the input alone, at its best level",
    "linear": "the best linear filter, 512 taps",
    "floor": "noise floor: the amp against itself",
}
_COLOURS = {"copy": "0.35", "linear": "#009E73", "floor": "#CC79A7"}  # Okabe and Ito's
_ABOVE = {"copy"}  # its text is above the line, the others' below: the lines are often close


def table(search: Mapping[str, object], recording: str) -> pd.DataFrame:
    """Return a table with a row for each reference model that search.yaml has of a recording."""
    models = cast(References, search.get("references") or {}).get(recording, {})
    rows = [{"recording": recording, "reference model": TITLES.get(name, name), **esr} for name, esr in models.items()]
    found = pd.DataFrame(rows, columns=["recording", "reference model", "val_esr", "test_esr"])
    for column in ("val_esr", "test_esr"):
        found[f"{column}_db"] = 10 * np.log10(found[column])
    return found


def draw(axes: Axes, models: Mapping[str, Mapping[str, float]]) -> None:
    """Draw a labelled dashed line at the validation ESR (vertical axis) of each reference model."""
    for name, esr in ((name, models[name]) for name in TITLES if name in models):
        axes.axhline(esr["val_esr"], color=_COLOURS[name], linestyle=(0, (5, 3)), linewidth=0.9, zorder=1.5)
        axes.annotate(
            TITLES[name],
            (0.99, esr["val_esr"]),
            xycoords=("axes fraction", "data"),
            xytext=(0, 2 if name in _ABOVE else -2),
            textcoords="offset points",
            ha="right",
            va="bottom" if name in _ABOVE else "top",
            fontsize=7,
            color=_COLOURS[name],
            zorder=1.5,
        )
