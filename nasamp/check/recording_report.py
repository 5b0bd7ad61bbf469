"""Checks a recording and writes the results as recording.md and recording.png."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nasamp import tables
from nasamp.atomic import refuse_overwriting, write_text
from nasamp.audio import split
from nasamp.audio.examination import Examination, examine
from nasamp.audio.files import files, name, search_name
from nasamp.audio.findings import refuse, with_verdict
from nasamp.audio.levels import decibels, rms
from nasamp.audio.pair import Pair
from nasamp.audio.split import Split
from nasamp.check import table
from nasamp.check.picture import draw, is_drawable
from nasamp.errors import AudioError, NasampError, Warned
from nasamp.schema import CheckConfig, Data
from nasamp.search.plan.arguments import command, recording_arguments

REPORT, PICTURE = "recording.md", "recording.png"


def write(config: CheckConfig, typed: Sequence[str] = ()) -> tuple[str, NasampError | None]:
    """Check a recording and write report and picture; return the text to print and the error or warning to raise.

    Args:
        typed: the arguments of the command, repeated in the suggested next command.

    Raises:
        ConfigError: where the folder is a file, or a file of the recording would be overwritten.
        AudioError: where a file does not exist, or data.delay, gap or shares leave nothing to train on.
    """
    data = config.data
    paths = files(data)
    refuse_overwriting("folder", config.folder, (REPORT, PICTURE), paths)
    found = examine(data)
    if not all(path.exists() for path in paths):
        refuse(found.findings)  # probably a typing error: nothing to report on
    errors, warnings = (with_verdict(verdict, found.findings) for verdict in ("error", "warning"))
    parts = found.parts.split if found.parts else None
    written = [config.folder / REPORT]
    if found.pair and is_drawable(found.pair):
        written.append(draw(found, parts, data, config.folder / PICTURE))
    write_text(written[0], _report(found, parts, data, paths, typed))
    outcome: NasampError | None = None
    if errors:
        outcome = AudioError(f"{table.counted(errors)}; the recording cannot be trained on as it is")
    elif warnings:
        outcome = Warned(f"{table.counted(warnings)}; the recording can be trained on")
    wrote = f"wrote {' and '.join(str(path) for path in written)}"
    shown = found.findings if config.verbose else (*errors, *warnings, *with_verdict("note", found.findings))
    lines = [f"{_verdict(data, is_fit=not errors)}: {table.counted(found.findings)}", ""]
    lines += [table.terminal(shown, paths), ""] if shown else []
    return "\n".join([*lines, wrote if config.verbose else f"{wrote}; verbose=true shows every check"]), outcome


def _verdict(data: Data, *, is_fit: bool) -> str:
    return f"{name(data)}: the recording {'can be trained on' if is_fit else 'cannot be trained on as it is'}"


def _report(found: Examination, parts: Split | None, data: Data, paths: tuple[Path, Path], typed: Sequence[str]) -> str:
    sections = [f"# {_verdict(data, is_fit=parts is not None)}", f"{table.counted(found.findings)}."]
    if found.pair and is_drawable(found.pair):
        sections += [f"![waveforms, levels, spectra and delay]({PICTURE})", _signals(found.pair)]
    sections += ["## Checks", table.markdown(found.findings, paths)]
    if found.pair and parts:
        sections += ["## Parts", _parts(found.pair, parts), "## Next", _next(data, typed)]
    return "\n\n".join(sections) + "\n"


def _signals(pair: Pair) -> str:
    numbers = ("rate [Hz]", "length [s]", "peak [dBFS]", "RMS [dBFS]", "crest factor [dB]", "clipped runs")
    rows = []
    for sound in pair:
        peak, level = (float(decibels(each)) for each in (np.abs(sound.samples).max(initial=0.0), rms(sound.samples)))
        seconds = len(sound.samples) / sound.sample_rate
        levels = (f"{level:.1f}" for level in (peak, level, peak - level))
        clipped = f"{len(sound.clipped_seconds):,}"
        rows.append([Path(sound.name).name, f"{sound.sample_rate:,}", f"{seconds:.3f}", *levels, clipped])
    return _table("file", numbers, rows)


def _parts(pair: Pair, parts: Split) -> str:
    rate = pair[0].sample_rate
    rows = []
    for part in ("train", "validation", "test"):
        pieces: split.Parts = getattr(parts, part)
        samples = (split.length(pieces), pieces[0].start, pieces[-1].stop)
        rows.append([part, f"{len(pieces):,}", *(f"{each / rate:.1f}" for each in samples)])
    return _table("part", ("pieces", "seconds", "from [s]", "to [s]"), rows)


def _table(what: str, numbers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table: a column of names, then columns of numbers."""
    return tables.markdown([(what, False), *((title, True) for title in numbers)], rows)


def _next(data: Data, typed: Sequence[str]) -> str:
    """Return the command of a search on this recording: the typed arguments, with a search.name of its own."""
    named = [] if data.device else [f"search.name={search_name(name(data))}"]
    return f"```\n{command(['-m', 'search=poc', *named, *recording_arguments(typed)])}\n```"
