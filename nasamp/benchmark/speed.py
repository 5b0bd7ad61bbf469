"""Measures the real-time factor of a network in an engine."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nasamp.architecture import Architecture
from nasamp.benchmark import nam_wasm
from nasamp.benchmark.engines import Engine, described
from nasamp.benchmark.machine import machine
from nasamp.benchmark.timing import WARM_UP_BLOCKS, RealTimeFactor, count, real_time_factor, timed
from nasamp.export import nam
from nasamp.models import WaveNet
from nasamp.models.streaming import Stream


def measure(
    architecture: Architecture, engine: Engine, *, blocks: Sequence[int], seconds: float, sample_rate: int
) -> dict[str, Any]:
    """Return the benchmark columns of an architecture; measured untrained, since speed hardly depends on the weights.

    Args:
        architecture: causal.
        engine: installed.
        blocks: samples per block; the last gives the columns without a block size in their name.
        seconds: of audio for each block size, after a warm-up.
        sample_rate: Hz.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = WaveNet(architecture)
    factors = [factor(net, engine, block=block, seconds=seconds, sample_rate=sample_rate) for block in blocks]
    return columns(factors, engine, sample_rate=sample_rate)


def columns(factors: Sequence[RealTimeFactor], engine: Engine, *, sample_rate: int) -> dict[str, Any]:
    """Return real-time factors by the names of the tables' columns."""
    found: dict[str, Any] = {}
    for each in factors:
        end = "" if each is factors[-1] else f"_{each.block}"
        for name in ("mean", "p50", "p99", "max"):
            found[f"rtf_{name}{end}"] = getattr(each, name)
        found[f"deadline_misses{end}"] = each.deadline_misses
    last = factors[-1]
    return found | {
        "realtime_capable": last.is_realtime_capable,
        "rtf_engine": f"{described(engine)}, block {last.block}",
        "rtf_machine": machine(),
        "block_latency_ms": last.block / sample_rate * 1000,
    }


def factor(net: WaveNet, engine: Engine, *, block: int, seconds: float, sample_rate: int) -> RealTimeFactor:
    """Return the real-time factor of a causal network, measured by playing noise."""
    blocks = count(seconds, block=block, sample_rate=sample_rate)
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (1, 1, block)).astype(np.float32)
    if engine == "torch":
        stream, signal = Stream(net), torch.from_numpy(noise)
        with _one_thread():
            times = timed(lambda: stream.process(signal), blocks)
    elif engine == "onnxruntime":
        from nasamp.export.onnx import Player

        player = Player(net)
        times = timed(lambda: player.process(noise), blocks)
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "network.nam"
            nam.write(path, net, sample_rate=sample_rate, metadata={})
            return factor_of_file(path, block=block, seconds=seconds, sample_rate=sample_rate)
    return real_time_factor(*times, block=block, sample_rate=sample_rate)


def factor_of_file(path: Path, *, block: int, seconds: float, sample_rate: int) -> RealTimeFactor:
    """Return the real-time factor of a .nam in NAM's engine, measured by playing noise."""
    blocks = count(seconds, block=block, sample_rate=sample_rate)
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, block).astype(np.float32)
    (played,) = nam_wasm.play(
        [path], np.tile(noise, blocks), sample_rate=sample_rate, block=block, warm_up=WARM_UP_BLOCKS
    )
    return real_time_factor(played.cpu_seconds, played.wall_seconds, block=block, sample_rate=sample_rate)


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a plugin gets one core; more threads would flatter wide models
    try:
        yield
    finally:
        torch.set_num_threads(threads)
