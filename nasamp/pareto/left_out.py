"""What is not on the front's table: points dropped before training, and models that a phase's selection removed."""

import itertools
from collections.abc import Iterable, Mapping
from typing import cast

import pandas as pd

from nasamp.pareto.candidates import KEY, titled
from nasamp.pareto.front import Analysis


def dropped(search: Mapping[str, object]) -> tuple[pd.DataFrame, list[str]]:
    """Return the points that were never trained, and the columns that say which and why.

    Where a model is dropped on several recordings, or for several seeds, for one reason, it stands there once.

    Args:
        search: the content of search.yaml, with ``points``.
    """
    points = cast("Iterable[Mapping[str, object]]", search.get("points") or ())
    rows = pd.DataFrame([point for point in points if point.get("dropped_because")])
    key = ["candidate", "dropped_because"]
    if "candidate" in rows and rows.duplicated(key).any():
        return rows.drop_duplicates(key), key
    return rows, ["id", "name", "dropped_because"]


def removed(analysis: Analysis) -> dict[tuple[str, str], pd.DataFrame]:
    """Return, for each two phases, the candidates that finished the first and never came to the second, if any.

    Before the second has any run, nothing was selected yet.
    """
    began = pd.concat([analysis.runs, analysis.failed, analysis.running])
    finished = titled(pd.concat([analysis.scan_only, analysis.competing, analysis.incomparable]))
    found = {}
    for earlier, later in itertools.pairwise(analysis.phases):
        came = began.loc[began["phase"] == later, "name"]
        kept = analysis.runs.loc[(analysis.runs["phase"] == earlier) & analysis.runs["name"].isin(came), KEY]
        rows = finished[finished["phase"] == earlier]
        gone = rows[~pd.MultiIndex.from_frame(rows[KEY]).isin(pd.MultiIndex.from_frame(kept))]
        if len(came) and len(gone):
            found[earlier, later] = gone
    return found
