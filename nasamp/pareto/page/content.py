"""Collects the content of the page: the variables of the template, and the data of its scripts."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from nasamp.cost import measure
from nasamp.pareto import by_recording, left_out, ranking, reference_lines, ties
from nasamp.pareto.candidates import QUALITY, count_with_front, have_seeds, titled
from nasamp.pareto.front import Analysis, costs
from nasamp.pareto.header import facts
from nasamp.pareto.job_files import place
from nasamp.pareto.page.cells import Table, runs, table
from nasamp.pareto.page.curves import curves
from nasamp.pareto.page.links import Links
from nasamp.pareto.page.listening import ROOM, clips, in_turn
from nasamp.pareto.page.points import axes, identifiers, points
from nasamp.pareto.page.words import answer, cards
from nasamp.pareto.picks import Pick
from nasamp.quantities import REALTIME_LIMIT, of

Search = Mapping[str, object]

_BUDGETS = (*measure.COLUMN.values(), "rtf_mean_64", "rtf_mean_128")  # that a reader may have for a model
_DECIBELS = ("val_esr_db", "test_esr_db")
_ABOUT_RUNS = ("name", "phase", "recording", "seed")


def content(analysis: Analysis, picks: Sequence[Pick], search: Search, links: Links) -> dict[str, Any]:
    """Return the variables of the template; ``data`` is read by the scripts."""
    parts = {name: by_recording.only(analysis, name) for name in by_recording.names(analysis)}
    own_picks = {name: [pick for pick in picks if pick.row["recording"] == name] for name in parts}
    crashed = analysis.running["status"] == "crashed"
    return {
        "search": search,
        "phases": list(dict.fromkeys(analysis.runs["phase"])),
        "facts": facts(analysis),
        "recordings": [_recording(name, part, own_picks[name], search, links) for name, part in parts.items()],
        "others": {
            "Dropped before training": table(*left_out.dropped(search)),
            "Failed": table(analysis.failed, [*_ABOUT_RUNS, "error"]),
            "Running": table(analysis.running[~crashed], _ABOUT_RUNS),
            "Crashed: the search's command resumes them": table(analysis.running[crashed], _ABOUT_RUNS),
        },
        "data": _data(analysis, parts, own_picks, search, links),
    }


def _recording(name: str, part: Analysis, picks: Sequence[Pick], search: Search, links: Links) -> dict[str, Any]:
    seeds = "seeds" if have_seeds(part.competing) else "seed"
    return {
        "name": name,
        "counts": f"phase {part.phase}: {count_with_front(part.competing)}"
        if len(part.competing)
        else by_recording.nothing_to_compare(part).replace("`", "").rstrip("."),
        "answer": answer(picks, part.cost),
        "cards": cards(picks, part, links),
        "facts": by_recording.facts(search, name),
        "references": table(reference_lines.table(search, name), ["reference model", *QUALITY]),
        "runs": runs(part, identifiers(part), links),
        "objective": of(part.objectives[0]).label,
        "has_seeds": have_seeds(part.competing),
        "tied": _tied(part),
        "ranking": [ranking.explanation(part), *(each.line for each in ranking.agreements(part))],
        "removed": {
            f"Finished in {earlier}, not selected for {later}": table(rows, ["name", seeds, *QUALITY, *costs(part)])
            for (earlier, later), rows in left_out.removed(part).items()
        },
    }


def _tied(part: Analysis) -> Table | None:
    """Return the best model and those tied with it; None where no other is tied, or the spread is unknown."""
    rows = titled(ties.with_the_best(part))
    if not have_seeds(part.competing) or len(rows) < 2:
        return None
    objective = part.objectives[0]
    return table(rows, ["name", "seeds", objective, f"{objective}_spread", *costs(part)])


def _data(
    analysis: Analysis,
    parts: Mapping[str, Analysis],
    picks: Mapping[str, Sequence[Pick]],
    search: Search,
    links: Links,
) -> dict[str, Any]:
    measured = axes(analysis)
    known = {quantity.column for quantity in measured}
    described = ("column", "axis", "label", "unit", "better")
    data = {
        "quantities": [{name: getattr(quantity, name) for name in described} for quantity in measured],
        "objectives": list(analysis.objectives),
        "cost": analysis.cost,
        "budgets": [column for column in dict.fromkeys([analysis.cost, *_BUDGETS]) if column in known],
        "shown": list(dict.fromkeys([*analysis.objectives, *_DECIBELS, *costs(analysis)])),
        "limit": REALTIME_LIMIT,
        "recordings": [
            {
                "name": name,
                "points": points(part, measured, links),
                "picks": [place(pick.row) for pick in picks[name]],
                "references": json.loads(reference_lines.table(search, name).to_json(orient="records")),
                "curves": curves(part, identifiers(part), links),
            }
            for name, part in parts.items()
        ],
    }
    room = ROOM - 2 * len(json.dumps(data))  # the tables hold most of it once more
    return data | {"clips": _clips(parts, picks, links, room)}


def _clips(
    parts: Mapping[str, Analysis], picks: Mapping[str, Sequence[Pick]], links: Links, room: int
) -> dict[str, dict[str, Any]]:
    """Return the clips of the picks and of the front, alternating between recordings."""
    groups = [
        [pick.row for pick in picks[name]] + [row for _, row in part.front.iterrows()] for name, part in parts.items()
    ]
    folders = {place(row): links.job(row) for rows in groups for row in rows}
    return clips(in_turn([[place(row) for row in rows] for rows in groups]), folders, room=room)
