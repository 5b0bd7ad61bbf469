"""Writes the report in Markdown: first which model to load, then the tables to check it by."""

from collections.abc import Mapping, Sequence

import pandas as pd

from nasamp.pareto import by_recording, left_out, ranking, reference_lines, slim_order, ties
from nasamp.pareto.candidates import QUALITY, count_with_front, have_seeds, own_columns, titled
from nasamp.pareto.front import Analysis, costs
from nasamp.pareto.header import facts
from nasamp.pareto.job_files import EXPORTS
from nasamp.pareto.markdown import bullets, table, text, with_spreads
from nasamp.pareto.picks import Pick
from nasamp.quantities import QUANTITIES, of

_TRAINING = ("best_epoch", "epochs", "training_seconds")


def summary(
    analysis: Analysis, picks: Sequence[Pick], search: Mapping[str, object], *, has_front_file: bool = False
) -> str:
    """Return the report; empty sections are left out.

    Args:
        has_front_file: whether the front is written as one .nam.
        search: the content of search.yaml: ``name``, and ``points`` with ``id``, ``name``, ``dropped_because``,
            ``references`` and ``recordings``.
    """
    names = by_recording.names(analysis)
    parts = [f"# {search.get('name', 'search')}: Pareto front", bullets(facts(analysis))]
    if len(names) == 1:
        parts += _sections(_of_one_recording(analysis, picks, search), level=2)
    else:
        parts += _sections({"Which architectures are on the fronts most often": _most_often(analysis)}, level=2)
        for name in names:
            part = by_recording.only(analysis, name)
            parts += [f"## {name}\n\n{_counts(part)}", *_sections(_of_one_recording(part, picks, search), level=3)]
    front_file = bullets(slim_order.about(analysis)) if has_front_file else ""
    parts += _sections({"The whole front in one file": front_file}, level=2)
    return "\n\n".join([*parts, *_sections(_of_all(analysis, search), level=2)]) + "\n"


def _costs(analysis: Analysis) -> list[str]:
    return [*costs(analysis), "rtf_engine", "realtime_capable"]


def _counts(part: Analysis) -> str:
    if part.competing.empty:
        return by_recording.nothing_to_compare(part)
    return f"{count_with_front(part.competing)}, hypervolume {part.hypervolume:.4f}."


def _of_one_recording(analysis: Analysis, picks: Sequence[Pick], search: Mapping[str, object]) -> dict[str, str]:
    """Return the sections about one recording, as bodies by title."""
    measured = dict.fromkeys([*analysis.objectives, *QUALITY])
    qualities = dict.fromkeys([*measured, *_costs(analysis)])
    seeds = ["seeds"] if have_seeds(analysis.competing) else []
    (name,) = by_recording.names(analysis)
    return {
        "Which model to load": "\n".join(_pick(pick, analysis) for pick in picks if pick.row["recording"] == name),
        "The recording": bullets(by_recording.facts(search, name)),
        "What a model has to beat": table(
            reference_lines.table(search, name), ["recording", "reference model", *QUALITY]
        ),
        "Front": table(titled(analysis.front), ["name", "recording", *seeds, *with_spreads([*qualities], [*measured])]),
        "Ties": _ties(analysis),
        "How reliable the ranking is": _ranking(analysis),
        "All finished runs": table(
            analysis.runs,
            ["name", "phase", "recording", "seed", "on_front", *qualities, *_TRAINING, *own_columns(analysis.runs)],
        ),
        "Not comparable: an objective has no value": table(
            analysis.incomparable, ["name", "recording", "seed", *qualities]
        ),
    }


def _of_all(analysis: Analysis, search: Mapping[str, object]) -> dict[str, str]:
    """Return the sections about the whole search, as bodies by title."""
    crashed = analysis.running["status"] == "crashed"
    return {
        "Failed": table(analysis.failed, ["name", "phase", "recording", "seed", "error"]),
        "Running": table(analysis.running[~crashed], ["name", "phase", "recording", "seed", "status"]),
        "Crashed: the search's command resumes them": table(
            analysis.running[crashed], ["name", "phase", "recording", "seed", "status"]
        ),
        "Dropped before training": table(*left_out.dropped(search)),
        "Not selected for the next phase": _removed(analysis),
    }


def _sections(bodies: Mapping[str, str], *, level: int) -> list[str]:
    return [f"{'#' * level} {title}\n\n{body}" for title, body in bodies.items() if body]


def _most_often(analysis: Analysis) -> str:
    shown = ["candidate", "on_fronts_of", "competed_on", "fronts", *dict.fromkeys(["parameters", analysis.cost])]
    return table(by_recording.most_often(analysis), shown)


def _ties(analysis: Analysis) -> str:
    """Return which models are tied, given the spread over seeds; empty where no model has several seeds."""
    if not have_seeds(analysis.competing):  # also where no model competes
        return ""
    objective = of(analysis.objectives[0])
    rows, near = titled(ties.with_the_best(analysis)), titled(ties.with_the_front(analysis))
    best = rows.loc[rows["gap"] == 0, "name"].iloc[0]
    rows["gap"] = [text(gap, objective) for gap in rows["gap"]]
    shown = ["name", "seeds", "on_front", objective.column, f"{objective.column}_spread", "gap", *_costs(analysis)]
    if len(rows) == 1:
        body = f"No model is tied with the best by {objective.label}, `{best}`: no gap is below the spread."
    else:
        body = f"Tied with the best by {objective.label}, `{best}`, the cheapest first:\n\n{table(rows, shown)}"
    if near.empty:
        return body
    columns = ["name", "seeds", *with_spreads(analysis.objectives, analysis.objectives)]
    return f"{body}\n\nOff the front, but by less than the spread:\n\n{table(near, columns)}"


def _ranking(analysis: Analysis) -> str:
    found = [agreement.line for agreement in ranking.agreements(analysis)]
    return bullets([ranking.explanation(analysis), *found]) if found else ""


def _pick(pick: Pick, analysis: Analysis) -> str:
    row, seeds = pick.row, pick.row["seeds"]
    numbers = [_esr(row, "val_esr"), _esr(row, "test_esr"), *(_inline(row, column) for column in _costs(analysis))]
    files = [f"`{row[column]}` ({plugin})" for column, plugin in EXPORTS.items() if pd.notna(row[column])]
    lines = [
        f"- **{pick.title}**: `{row['name'] if seeds == 1 else row['candidate']}`",
        f"  - {'; '.join(number for number in numbers if number)}",
        f"  - why: {pick.reason}",
    ]
    if seeds > 1:
        objective = of(analysis.objectives[0])
        spread = text(row.get(f"{objective.column}_spread", 0.0), objective)
        lines.insert(2, f"  - means over {seeds} seeds; spread of the {objective.label}: {spread}")
    which = f", of seed {row['seed']}, the best" if seeds > 1 else ""
    return "\n".join([*lines, *([f"  - files: {', '.join(files)}{which}"] if files else [])])


def _esr(row: pd.Series, column: str) -> str:
    ratio, decibels = _inline(row, column), QUANTITIES[f"{column}_db"]
    if not ratio or pd.isna(row[decibels.column]):
        return ratio
    return f"{ratio} ({text(row[decibels.column], decibels)} {decibels.unit})"


def _inline(row: pd.Series, column: str) -> str:
    quantity = QUANTITIES[column]
    if pd.isna(row[column]):
        return ""
    return f"{quantity.label} {text(row[column], quantity)} {quantity.unit}".rstrip()


def _removed(analysis: Analysis) -> str:
    bodies = []
    for (earlier, later), rows in left_out.removed(analysis).items():
        seeds = "seeds" if have_seeds(rows) else "seed"
        found = table(rows, ["name", "recording", seeds, *QUALITY, *_costs(analysis)])
        bodies.append(f"Finished in `{earlier}`, not selected for `{later}`:\n\n{found}")
    return "\n\n".join(bodies)
