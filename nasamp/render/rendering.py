"""Renders one file through a model and returns the lines to print about the result."""

from dataclasses import dataclass
from functools import partial
from math import log10
from pathlib import Path

import numpy as np
import soundfile  # type: ignore[import-untyped]
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from nasamp.atomic import real, replacing, same_file
from nasamp.audio.files import header, not_finite, opened, unusable_length, unusable_rate
from nasamp.audio.findings import refuse
from nasamp.audio.unfinished import Source
from nasamp.errors import AudioError, ConfigError
from nasamp.export import playable
from nasamp.export.in_engine import InEngine
from nasamp.export.playable import Playable
from nasamp.render.comparison import compared
from nasamp.render.playing import BLOCK, Frames, played
from nasamp.schema import RenderConfig

SUBTYPES = {".wav": "FLOAT", ".flac": "PCM_24"}  # default for each file extension


@dataclass
class PeakMeter:
    """The peak so far, and the number of samples above full scale."""

    peak: float = 0.0
    over: int = 0

    def update(self, block: Frames) -> None:
        """Take the next block into account."""
        loud = np.abs(block)
        self.peak = max(self.peak, float(loud.max(initial=0)))
        self.over += int((loud > 1).sum())


def render(config: RenderConfig) -> str:
    """Write the output and return the text to print.

    Raises:
        ConfigError: where the output exists, or its extension is not supported.
        AudioError: where the input cannot be read, or the target differs from it in length or rate.
        ExportError: where the model cannot be loaded.
    """
    _refuse_output(config)
    if config.target:
        opened(config.target, soundfile.info)  # fails early if it cannot be read
    subtype = config.subtype or SUBTYPES[config.output.suffix.lower()]
    if not soundfile.check_format(config.output.suffix[1:], subtype):
        raise ConfigError(f"subtype={subtype}: {config.output.suffix} files do not support it; leave it out")
    model = playable.load(config.model.path)
    opened(config.input, partial(_refuse_input, config.input))
    with opened(config.input, soundfile.SoundFile) as source:
        try:
            meter = _write(config, source, model, subtype)
        except (soundfile.LibsndfileError, OSError) as error:
            raise AudioError(f"{config.output}: cannot be written: {error}") from None
        lines = _lines(config, source, model, meter, subtype)
    if config.target:
        lines += compared(config.output, config.target)
    return "\n".join(lines)


def _refuse_output(config: RenderConfig) -> None:
    """Refuse an output that the command reads, that exists, or whose extension is not supported."""
    read = [config.input, *([config.target] if config.target else []), *playable.files(config.model.path)]
    if own := same_file(config.output, read):
        raise ConfigError(
            f"output={config.output}: is {own}, which this command reads or belongs to its model; choose another name"
        )
    if real(config.output).exists() and not config.overwrite:
        raise ConfigError(f"output={config.output}: already exists; set overwrite=true to replace it")
    if config.output.suffix.lower() not in SUBTYPES:
        raise ConfigError(f"output={config.output}: must end in {' or '.join(SUBTYPES)}")


def _refuse_input(path: Path, file: Source) -> None:
    """Refuse a file with unknown length, unsupported sample rate, or samples that are not finite or not readable."""
    with soundfile.SoundFile(file) as source:
        if problem := unusable_length(path, source.frames) or unusable_rate(path, source.samplerate):
            refuse([problem])
        blocks = source.blocks(BLOCK, dtype="float32", always_2d=True)
        is_finite = np.concatenate([np.isfinite(block).all(axis=1) for block in blocks])
        if problem := not_finite(path, is_finite, source.samplerate):
            refuse([problem])


def _write(config: RenderConfig, source: soundfile.SoundFile, model: Playable | InEngine, subtype: str) -> PeakMeter:
    meter, written = PeakMeter(), 0
    console = Console(stderr=True)
    columns = (BarColumn(30), TextColumn("{task.percentage:.0f} %"), TimeRemainingColumn())
    with (
        replacing(config.output) as draft,
        soundfile.SoundFile(draft, "w", source.samplerate, source.channels, subtype) as output,
        Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar,
    ):
        task = bar.add_task("", total=source.frames)
        for block in played(source, model):
            if not np.isfinite(block).all():  # PCM would store it as full scale
                raise AudioError(
                    f"{config.model.path}: its output for {config.input} is not finite from "
                    f"{written / source.samplerate:.1f} s on; its weights are corrupt, or the input is far too loud"
                )
            meter.update(block)
            written += len(block)
            output.write(block if subtype == "FLOAT" else block.clip(-1, 1))
            bar.advance(task, len(block))
    return meter


def _lines(
    config: RenderConfig, source: soundfile.SoundFile, model: Playable | InEngine, meter: PeakMeter, subtype: str
) -> list[str]:
    rate, seconds = source.samplerate, source.frames / source.samplerate
    _, readable = header(config.input)
    lines = [f"warning: {readable.line}"] if readable.verdict == "warning" else []
    lines.append(f"{config.output}: {seconds:,.1f} s, {rate:,} Hz, {source.channels} channel(s), {subtype}")
    if isinstance(model, InEngine):
        lines.append(model.described)
    if rate != model.sample_rate:
        lines.append(
            f"resampled: the model plays at {model.sample_rate:,} Hz; input and output were converted by soxr (HQ)"
        )
    if meter.over and subtype == "FLOAT":
        lines.append(f"louder than full scale: {_peak(meter)}; the file holds it, a D/A converter would clip it")
    elif meter.over:
        lines.append(f"warning: clipped: {_peak(meter)}; write a .wav with subtype=FLOAT, or lower the input")
    return lines


def _peak(meter: PeakMeter) -> str:
    return f"{meter.over:,} samples above full scale, peak {20 * log10(meter.peak):+.1f} dBFS"
