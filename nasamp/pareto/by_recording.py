"""Splits an analysis by recording, and counts which architectures are on several fronts."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import pandas as pd

from nasamp.pareto.front import Analysis, hypervolume

_UNSAFE = re.compile(r"[^\w.+-]+")  # in the names of files


def names(analysis: Analysis) -> list[str]:
    """Return the recordings that have a finished run, sorted."""
    return sorted(str(name) for name in analysis.runs["recording"].unique())


def only(analysis: Analysis, recording: str) -> Analysis:
    """Return the analysis of one recording, with the hypervolume of its front."""

    def own(table: pd.DataFrame) -> pd.DataFrame:
        return table[table["recording"] == recording]

    competing = own(analysis.competing)
    values = competing[list(analysis.objectives)].to_numpy(dtype=float)
    return replace(
        analysis,
        runs=own(analysis.runs),
        competing=competing,
        front=own(analysis.front),
        scan_only=own(analysis.scan_only),
        incomparable=own(analysis.incomparable),
        failed=own(analysis.failed),
        running=own(analysis.running),
        hypervolume=hypervolume(values, analysis.better),
    )


def nothing_to_compare(part: Analysis) -> str:
    """Return why no run of a recording competes."""
    if len(part.incomparable):
        return f"No run of phase `{part.phase}` has a value for every objective."
    return f"No run of phase `{part.phase}` has finished on this recording; those of earlier phases do not compete."


def file_name(name: str, recording: str, analysis: Analysis) -> str:
    """Return the name of a recording's file: ``x.png``, or ``x_RECORDING.png`` where there are several recordings."""
    if len(names(analysis)) == 1:
        return name
    stem, _, ending = name.rpartition(".")
    return f"{stem}_{_UNSAFE.sub('_', recording)}.{ending}"


def facts(search: Mapping[str, object], recording: str) -> list[str]:
    """Return how a recording was used and what its checks found; empty where search.yaml does not describe it."""
    known = cast("Mapping[str, Mapping[str, Any]]", search.get("recordings") or {}).get(recording)
    if not known or "seconds" not in known:  # an early version kept the hash alone
        return []
    lines = [f"`{recording}`: {known['seconds']:.1f} s at {known.get('sample_rate', 0):,} Hz."]
    if known.get("delay_samples"):
        delay = known["delay_samples"]
        lines.append(f"The output's delay of {delay} samples was removed (`data.delay={delay}`).")
    if known.get("scale", 1) != 1:
        lines.append(f"Both signals were multiplied by {known['scale']:.4g}; the exported models undo it.")
    if known.get("repeat_esr") is not None:
        lines.append(f"The repeated passage has an ESR of {known['repeat_esr']:.2g} between its two takes.")
    lines += [f"{note[0].upper()}{note[1:]}." for note in known.get("notes", ())]  # absent before they were written
    lines += [f"**Warning**: {warning}." for warning in known.get("warnings", ())] or ["No check gave a warning."]
    return lines


def most_often(analysis: Analysis) -> pd.DataFrame:
    """Return a row for each candidate that is on a front, sorted by the number of fronts, then by cost.

    ``on_fronts_of`` counts the recordings on whose front it is, ``fronts`` names them, and ``competed_on`` counts those
    that it was trained on.
    """
    groups = analysis.front.groupby("candidate")
    found = pd.DataFrame(
        {
            "on_fronts_of": groups.size(),
            "competed_on": analysis.competing.groupby("candidate").size().reindex(list(groups.groups)),
            "fronts": groups["recording"].agg(lambda recordings: ", ".join(sorted(recordings))),
            **{column: groups[column].first() for column in dict.fromkeys(["parameters", analysis.cost])},
        }
    )
    order = ["on_fronts_of", analysis.cost, "candidate"]
    return found.reset_index().sort_values(order, ascending=[False, True, True], kind="stable")
