"""Analyses a search and writes the report: tables, plots, summary.md and report.html."""

import itertools
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from nasamp.atomic import refuse_overwriting, write_text
from nasamp.cost import measure
from nasamp.errors import ConfigError, NothingUsable
from nasamp.pareto import by_recording, job_files, slim_order, sources, tracked
from nasamp.pareto.candidates import count_with_front
from nasamp.pareto.csv_tables import write_tables
from nasamp.pareto.front import Analysis, analyse
from nasamp.pareto.markdown import text
from nasamp.pareto.page import html as page_writing
from nasamp.pareto.picks import Pick, recommend
from nasamp.pareto.plots import plot_all
from nasamp.pareto.summary import summary
from nasamp.quantities import QUANTITIES
from nasamp.schema import ParetoConfig
from nasamp.search import search_file
from nasamp.search.jobs import ledger
from nasamp.search.plan.arguments import command, upload_command


def write(config: ParetoConfig) -> str:
    """Write all files of the report and return the text for the terminal.

    Raises:
        ConfigError: where ``runs`` is not a search, in a folder or on the server, or ``output`` is a file.
        NothingUsable: where there are no runs, or none that can be compared.
    """
    if config.output:
        refuse_overwriting("output", config.output, (), ())
    folder = sources.folder_of(config)
    search = search_file.read(folder)
    rows, notes = sources.read(config, folder, search)
    if not rows:
        raise NothingUsable(f"runs={config.runs}: holds no runs; train some first: python -m nasamp -m search=poc")
    phases = _phases(rows, search)
    cost = search.cost if search else measure.EARLIEST
    objectives = measure.objectives(config.objectives.columns, cost)
    analysis = analyse(_in_order(rows, phases), objectives, phases, measure.COLUMN[cost])
    picks, output = recommend(analysis), config.output or folder
    described: dict[str, Any] = vars(search) if search else {"name": folder.resolve().name}
    plots = plot_all(analysis, output, search_name=str(described["name"]), references=described.get("references", {}))
    files = [*write_tables(analysis, output), *plots]
    write_text(output / "summary.md", summary(analysis, picks, described, has_front_file=config.export.slimmable))
    page = page_writing.write(output, analysis, picks, described, folder)
    if config.export.slimmable:
        fronts = slim_order.write_fronts(analysis, folder, output)
        files += fronts
        notes += [f"{path.name}: {slim_order.described(models)}" for path, models in fronts.items()]
    if config.upload:
        name = tracked.upload(analysis, picks, folder, page, sources.place_of(config.runs))
        notes.append(f"uploaded the analysis, and the models of the front as {name}")
    elif config.track and config.source == "wandb":
        try:
            is_tracked = tracked.offline(analysis, picks, folder, page, described)
        except ConfigError as error:  # the report is written and is valid without it
            is_tracked, notes = False, [*notes, f"warning: the analysis was not stored as a W&B run: {error}"]
        if is_tracked:
            notes.append(f"the analysis is stored as a W&B run; to upload all runs:  {upload_command(folder)}")
    if analysis.competing["rtf_mean"].isna().all():
        notes.append(
            "the real-time factor was not measured (phase.benchmark=true measures it), so its plot is left out"
        )
    undirected = [name for name in objectives if name in analysis.objectives and name not in QUANTITIES]
    notes += [f"{name}: lower is taken as better; {name}:higher reverses it" for name in undirected]
    notes += job_files.unreadable(folder / job_files.place(row) for _, row in analysis.runs.iterrows())
    alone = [by_recording.only(analysis, name) for name in by_recording.names(analysis)]
    notes += [
        f"{by_recording.names(part)[0]}: {by_recording.nothing_to_compare(part)}"
        for part in alone
        if part.competing.empty
    ]
    lines = [*notes, *_picks(picks, analysis, has_several=len(by_recording.names(analysis)) > 1)]
    lines.append(f"phase {analysis.phase}: {count_with_front(analysis.competing)}")
    lines.append(f"wrote {len(files) + 2} files; open first: {page}")
    lines += [_how_to_play(folder / job_files.place(pick.row)) for pick in picks[:1]]
    return "\n".join(lines)


def _phases(rows: sources.Rows, search: search_file.Record | None) -> list[str]:
    """Return the phases in order: those of search.yaml, or guessed from the runs where none of those has finished.

    A later phase has fewer jobs, or else longer ones.
    """
    named = [phase["phase"] for phase in search.phases] if search else []
    ended = [row for row in rows if row["status"] == "finished"]
    if any(row["phase"] in named for row in ended) or not ended:
        return named or list(dict.fromkeys(row["phase"] for row in rows))
    jobs = Counter(row["phase"] for row in ended)
    longest = {phase: max(ledger.score(row, "epochs") for row in ended if row["phase"] == phase) for phase in jobs}
    return sorted(jobs, key=lambda phase: (-jobs[phase], longest[phase]))


def _how_to_play(job: Path) -> str:
    line = [f"model={job}", f"input={_input(job)}", "output=model.wav"]
    return f"to play the best one:  {command(line, 'nasamp.render')}"


def _input(job: Path) -> str:
    """Return the input file that a job was trained on; dry.wav where it is unknown or missing."""
    try:
        settings = yaml.safe_load((job / ".hydra" / "config.yaml").read_text("utf-8"))
        found = str(settings["data"]["input"])
    except (OSError, yaml.YAMLError, TypeError, KeyError):
        return "dry.wav"
    return found if Path(found).expanduser().is_file() else "dry.wav"


def _in_order(rows: sources.Rows, phases: Sequence[str]) -> pd.DataFrame:
    """Return the rows as a table in the order of phase and id, so that every source gives the same."""
    place = {phase: number for number, phase in enumerate(phases)}
    ordered = sorted(rows, key=lambda row: (place.get(row["phase"], len(place)), row.get("id") or 0, row["name"]))
    return pd.DataFrame(ordered)


def _picks(picks: Sequence[Pick], analysis: Analysis, *, has_several: bool) -> list[str]:
    """Return a line for each pick, under the name of its recording where there are several."""
    lines = []
    for recording, group in itertools.groupby(picks, key=lambda pick: str(pick.row["recording"])):
        lines += [f"{recording}:"] if has_several else []
        lines += [f"{pick.title:<15} {_line(pick, analysis.cost)}" for pick in group]
    return lines


def _line(pick: Pick, cost: str) -> str:
    row, shown = pick.row, [QUANTITIES[column] for column in ("val_esr", "val_esr_db", cost)]
    numbers = "  ".join(f"{quantity.axis} {text(row[quantity.column], quantity)}" for quantity in shown)
    return f"{row['name']}  {numbers}" if row["seeds"] == 1 else f"{row['candidate']} ({row['seeds']} seeds)  {numbers}"
