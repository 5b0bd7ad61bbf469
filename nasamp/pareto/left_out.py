"""Lists points that were dropped before training, and models that were not selected for the next phase."""

import itertools
from collections.abc import Iterable, Mapping
from typing import cast

import pandas as pd

from nasamp.pareto.candidates import KEY, titled
from nasamp.pareto.front import Analysis


def dropped(search: Mapping[str, object]) -> tuple[pd.DataFrame, list[str]]:
    """Return the points that were dropped before training, and the columns to show.

    A model that is dropped on several recordings, or for several seeds, for one reason is listed once.
    """
    points = cast("Iterable[Mapping[str, object]]", search.get("points") or ())
    rows = pd.DataFrame([point for point in points if point.get("dropped_because")])
    key = ["candidate", "dropped_because"]
    if "candidate" in rows and rows.duplicated(key).any():
        return rows.drop_duplicates(key), key
    return rows, ["id", "name", "dropped_because"]


def removed(analysis: Analysis) -> dict[tuple[str, str], pd.DataFrame]:
    """Return the candidates that finished a phase and were not selected for the next, by these two phases.

    A next phase without runs has not selected yet, and is left out.
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
