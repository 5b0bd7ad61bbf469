"""The report in Markdown: first what a guitarist loads, then what a researcher checks."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

import numpy as np
import pandas as pd

from nasamp.pareto import references
from nasamp.pareto.front import REFERENCE, Analysis
from nasamp.pareto.picks import Pick
from nasamp.quantities import QUANTITIES, Quantity

_QUALITY = ("val_esr", "val_esr_db", "test_esr", "test_esr_db")
_COSTS = ("latency_ms", "parameters", "macs_per_sample", "rtf_mean", "rtf_engine", "realtime_capable")
_TRAINING = ("best_epoch", "epochs", "training_seconds")
_PLUGINS = {"nam": "Neural Amp Modeler", "vox_json": "Neural Vox Modeler"}
_ABSENT = "-"


def summary(analysis: Analysis, picks: Sequence[Pick], search: Mapping[str, object]) -> str:
    """Return the whole report; a section without rows is left out.

    Args:
        search: the content of search.yaml: ``name``, and ``points`` with ``id``, ``name``, ``dropped_because``,
            and ``references``.
    """
    qualities = dict.fromkeys([*analysis.objectives, *_QUALITY, *_COSTS])
    sections = {
        "Which model to load": _picks(picks),
        "What a model has to beat": _references(search),
        "Front": _table(analysis.front, ["name", "recording", *qualities]),
        "All finished runs": _table(
            analysis.runs, ["name", "phase", "recording", "seed", "on_front", *qualities, *_TRAINING]
        ),
        "Not comparable: a number is missing in an objective": _table(
            analysis.incomparable, ["name", "recording", "seed", *qualities]
        ),
        "Failed": _table(analysis.failed, ["name", "phase", "recording", "seed", "error"]),
        "Running": _table(analysis.running, ["name", "phase", "recording", "seed", "status"]),
        "Dropped before training": _dropped(search),
        "Removed between phases": _removed(analysis),
    }
    parts = [f"# {search.get('name', 'search')}: Pareto front", _header(analysis)]
    parts += [f"## {title}\n\n{body}" for title, body in sections.items() if body]
    return "\n\n".join(parts) + "\n"


def _header(analysis: Analysis) -> str:
    recordings = analysis.competing["recording"].unique()
    lines = [
        f"Phase analysed: `{analysis.phase}`; {len(analysis.competing)} runs compete, {len(analysis.front)} are on the "
        "front (no other run is at least as good in every objective and better in one).",
        "Objectives: " + ", ".join(_objective(QUANTITIES[name]) for name in analysis.objectives) + ".",
        f"Hypervolume of the front: {analysis.hypervolume:.4f} of at most {REFERENCE ** len(analysis.objectives):.4f} "
        f"(objectives scaled to 0..1 over the competing runs, reference point {REFERENCE} in each; comparable only "
        "within this table).",
        "Models are chosen by the validation part; by the test part nothing is, so its numbers are the honest ones.",
        "latency_ms is the receptive field: memory, not delay. A causal model's algorithmic latency is 0 samples.",
    ]
    if analysis.phase != analysis.phases[-1]:
        lines.insert(1, f"No run of the last phase, `{analysis.phases[-1]}`, has finished yet.")
    if len(recordings) > 1:
        names = ", ".join(str(name) for name in recordings)
        lines.insert(1, f"Recordings: {names}. Each has its own front; the hypervolume is the mean of theirs.")
    if len(analysis.scan_only):
        phases = ", ".join(f"`{phase}`" for phase in analysis.scan_only["phase"].unique())
        lines.append(f"{len(analysis.scan_only)} runs of {phases} are scan-only rows: they do not compete.")
    return "\n".join(f"- {line}" for line in lines)


def _objective(quantity: Quantity) -> str:
    return f"{quantity.axis} ({quantity.better} is better)"


def _picks(picks: Sequence[Pick]) -> str:
    groups = [
        (recording, list(group))
        for recording, group in itertools.groupby(picks, key=lambda pick: str(pick.row["recording"]))
    ]
    bodies = ["\n".join(_pick(pick) for pick in group) for _, group in groups]
    if len(groups) == 1:
        return bodies[0]
    return "\n\n".join(f"### {recording}\n\n{body}" for (recording, _), body in zip(groups, bodies, strict=True))


def _pick(pick: Pick) -> str:
    row = pick.row
    numbers = [_esr(row, "val_esr"), _esr(row, "test_esr"), *(_inline(row, column) for column in _COSTS)]
    files = [f"`{row[column]}` ({plugin})" for column, plugin in _PLUGINS.items() if pd.notna(row[column])]
    lines = [
        f"- **{pick.title}**: `{row['name']}`",
        f"  - {'; '.join(number for number in numbers if number)}",
        f"  - why: {pick.reason}",
    ]
    return "\n".join([*lines, *([f"  - load {' or '.join(files)}"] if files else [])])


def _esr(row: pd.Series, column: str) -> str:
    ratio, decibels = _inline(row, column), QUANTITIES[f"{column}_db"]
    if not ratio or pd.isna(row[decibels.column]):
        return ratio
    return f"{ratio} ({_text(row[decibels.column], decibels)} {decibels.unit})"


def _inline(row: pd.Series, column: str) -> str:
    quantity = QUANTITIES[column]
    if pd.isna(row[column]):
        return ""
    return f"{quantity.label} {_text(row[column], quantity)} {quantity.unit}".rstrip()


def _references(search: Mapping[str, object]) -> str:
    rows = references.table(cast("references.References", search.get("references") or {}))
    return _table(rows, ["recording", "reference model", *_QUALITY])


def _dropped(search: Mapping[str, object]) -> str:
    points = cast("Iterable[Mapping[str, object]]", search.get("points") or ())
    return _table(
        pd.DataFrame([point for point in points if point.get("dropped_because")]), ["id", "name", "dropped_because"]
    )


def _removed(analysis: Analysis) -> str:
    """Return, for each two phases, the points that finished the first and never came to the second.

    Before the second has any run, nothing was selected yet.
    """
    key = ["recording", "id"]
    began = pd.concat([analysis.runs, analysis.failed, analysis.running])
    bodies = []
    for earlier, later in itertools.pairwise(analysis.phases):
        came = began.loc[began["phase"] == later, key]
        rows = analysis.runs[analysis.runs["phase"] == earlier]
        gone = rows[~pd.MultiIndex.from_frame(rows[key]).isin(pd.MultiIndex.from_frame(came))]
        if len(came) and len(gone):
            table = _table(gone, ["name", "recording", "seed", *_QUALITY, *_COSTS])
            bodies.append(f"Finished in `{earlier}`, absent from `{later}`:\n\n{table}")
    return "\n\n".join(bodies)


def _table(rows: pd.DataFrame, columns: Sequence[str]) -> str:
    """Return a Markdown table of the columns that hold anything; empty without rows."""
    if rows.empty:
        return ""
    shown = [column for column in columns if column in rows and not (rows[column].isna() | rows[column].eq("")).all()]
    quantities = [QUANTITIES.get(column, Quantity(column, column, column.replace("_", " "))) for column in shown]
    cells = [[_cell(value, quantity) for value in rows[quantity.column]] for quantity in quantities]
    lines = [
        [quantity.axis for quantity in quantities],
        ["---:" if quantity.style else "---" for quantity in quantities],
        *zip(*cells, strict=True),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object, quantity: Quantity) -> str:
    text = " ".join(_text(value, quantity).split()).replace("|", "\\|")
    return f"`{text}`" if quantity.column == "name" else text


def _text(value: object, quantity: Quantity) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return _ABSENT
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and quantity.style in ("", ",d"):
        value = int(value)  # a column of integers with a gap holds floats
    return format(value, quantity.style)
