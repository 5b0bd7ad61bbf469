"""Measures a model and formats the report of the benchmark app."""

import platform

from nasamp import architecture, tables
from nasamp.benchmark import engines, speed
from nasamp.benchmark.engines import Engine
from nasamp.benchmark.latency import algorithmic_latency
from nasamp.benchmark.machine import machine
from nasamp.benchmark.timing import RealTimeFactor
from nasamp.errors import ConfigError
from nasamp.export import playable
from nasamp.export.in_engine import InEngine
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
    if isinstance(model, InEngine):
        if config.benchmark.engine not in ("auto", "nam-wasm"):
            raise ConfigError(f"benchmark.engine={engine}: {model.reason}; set benchmark.engine=nam-wasm")
        engine = "nam-wasm"
    factors = [_factor(model, engine, block, config.benchmark.seconds) for block in config.benchmark.blocks]
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


def _factor(model: Playable | InEngine, engine: Engine, block: int, seconds: float) -> RealTimeFactor:
    if isinstance(model, InEngine):
        return speed.factor_of_file(model.path, block=block, seconds=seconds, sample_rate=model.sample_rate)
    return speed.factor(model.net, engine, block=block, seconds=seconds, sample_rate=model.sample_rate)


def _model(config: BenchmarkConfig) -> Playable | InEngine:
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


def _described(config: BenchmarkConfig, model: Playable | InEngine) -> list[str]:
    if isinstance(model, InEngine):
        return [f"model: {model.path}, {model.sample_rate:,} Hz, {model.described}"]
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
