"""Measures a model and formats the report of the benchmark app."""

import platform

from nasamp import architecture, tables
from nasamp.benchmark import engines, speed
from nasamp.benchmark.latency import algorithmic_latency
from nasamp.benchmark.machine import machine
from nasamp.errors import ConfigError
from nasamp.export import playable
from nasamp.export.playable import Playable
from nasamp.models import WaveNet
from nasamp.schema import BenchmarkConfig

LARGEST_STATE_BYTES = 1_000_000_000


def report(config: BenchmarkConfig) -> str:
    """Measure a model and return the report for the terminal.

    Raises:
        ConfigError: if the engine is not installed, or the model is not causal.
        ExportError: if the model file cannot be loaded.
    """
    engine = engines.chosen(config.benchmark.engine)
    model = _model(config)
    how = config.benchmark
    factors = [
        speed.factor(model.net, engine, block=block, seconds=how.seconds, sample_rate=model.sample_rate)
        for block in how.blocks
    ]
    lines = [
        *_described(config, model),
        f"engine: {engines.described(engine)}; machine: {machine()} ({platform.node()})",
    ]
    header = ("block", "delay ms", "RTF mean", "median", "99 %", "max", "late blocks")
    rows = []
    for each in factors:
        delay = each.block / model.sample_rate * 1000
        seconds = (f"{x:.4f}" for x in (each.mean, each.p50, each.p99, each.max))
        rows.append([each.block, f"{delay:.2f}", *seconds, f"{each.deadline_misses:.2%}"])
    return "\n".join([*lines, "", tables.terminal(header, rows)])


def _model(config: BenchmarkConfig) -> Playable:
    """Return the network of the file, or an untrained one of the configured architecture."""
    chosen = config.model
    if chosen.path:
        return playable.load(chosen.path)
    if not chosen.causal:
        raise ConfigError(
            "model.causal=false: looks ahead, so it cannot be played block by block; set model.causal=true"
        )
    if (held := architecture.counts(chosen.architecture).state_bytes) > LARGEST_STATE_BYTES:
        raise ConfigError(f"model: needs {held:,} bytes of state between blocks; use fewer layers")
    return Playable(WaveNet(chosen.architecture), config.sample_rate)


def _described(config: BenchmarkConfig, model: Playable) -> list[str]:
    net = model.net
    sizes = architecture.counts(net.architecture)
    name = architecture.short_name(net.architecture).replace("_", " ")
    milliseconds = architecture.latency_ms(sizes.receptive_field, model.sample_rate)
    return [
        f"model: {config.model.path or 'untrained'}, {name}, {model.sample_rate:,} Hz",
        f"per sample: {sizes.macs_per_sample:,} MACs, {sizes.activations_per_sample:,} tanh",
        f"state between blocks: {sizes.state_bytes:,} bytes; "
        f".nam: about {architecture.nam_bytes(net.architecture):,} bytes",
        f"delay of the model: {algorithmic_latency(net)} samples, measured; "
        f"receptive field: {sizes.receptive_field:,} samples ({milliseconds:.2f} ms), which is not a delay",
    ]
