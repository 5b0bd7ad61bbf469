"""The cost of a model: formulas against counts, engines against each other, and the app."""

import json
from math import isfinite

import numpy as np
import pytest
import torch
from networks import network

from nasamp import architecture
from nasamp.benchmark import engines, nam_wasm, speed
from nasamp.benchmark.latency import algorithmic_latency
from nasamp.benchmark.timing import real_time_factor
from nasamp.cost import measured
from nasamp.errors import ConfigError
from nasamp.export import nam, nam_metadata
from nasamp.models import layer
from nasamp.models.streaming import Stream, settled
from nasamp.quantities import QUANTITIES

SHAPES = [(1, 1, 1, 2), (2, 3, 1, 2), (3, 4, 3, 2), (4, 5, 5, 1), (3, 2, 4, 3), (8, 16, 3, 2)]
TINY = architecture.stack(2, 2, 3)


def shaped(shape, **changes):
    return network(**dict(zip(("layers", "channels", "kernel_size", "dilation_base"), shape, strict=True)), **changes)


def test_a_real_time_factor_is_processing_time_over_audio_time():
    factor = real_time_factor(0.02, np.array([0.001, 0.001, 0.003, 0.045]), block=480, sample_rate=48_000)
    assert factor.mean == pytest.approx(0.5)  # 20 ms for 4 blocks of 10 ms
    assert (factor.p50, factor.max) == pytest.approx((0.2, 4.5))
    assert factor.deadline_misses == 0.25  # one block of four took longer than its 10 ms
    assert factor.is_realtime_capable


@pytest.mark.parametrize("shape", SHAPES)
def test_the_formulas_count_what_the_network_does_and_keeps(shape, monkeypatch):
    net, bent, sizes = shaped(shape), [], architecture.counts(architecture.stack(*shape))
    tanh = torch.tanh
    monkeypatch.setitem(layer.ACTIVATIONS, "Tanh", lambda x: bent.append(x.numel()) or tanh(x))
    stream = Stream(net)
    bent.clear()
    stream.process(torch.zeros(1, 1, 10))
    assert sum(bent) == 10 * sizes.activations_per_sample
    kept = sum(4 * state.numel() for state in settled(net))
    assert sizes.state_bytes == kept


@pytest.mark.parametrize("shape", [(5, 16, 3), (8, 16, 3), (8, 32, 3), (6, 24, 5)])
def test_the_size_of_a_nam_follows_its_formula_to_a_few_per_cent(tmp_path, shape):
    net = network(layers=shape[0], channels=shape[1], kernel_size=shape[2])
    training = nam_metadata.training(validation_esr=0.0123456789, checks_passed=True, delay=None)
    nam.write(tmp_path / "a.nam", net, sample_rate=44_100, metadata={"training": training, "name": "amp", "date": {}})
    size = (tmp_path / "a.nam").stat().st_size
    assert architecture.nam_bytes(architecture.stack(*shape)) == pytest.approx(size, rel=0.05)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_causal_network_responds_to_an_impulse_at_once(shape):
    assert algorithmic_latency(shaped(shape)) == 0


def test_a_network_that_looks_ahead_responds_before_the_impulse():
    net = network(layers=3, channels=2, kernel_size=3, causal=False)
    assert algorithmic_latency(net) == -net.context[1]


def test_a_network_that_ignores_its_input_has_no_delay():
    net = network(layers=2, channels=2, kernel_size=3)
    with torch.no_grad():
        net.input_conv.weight.zero_()
    assert algorithmic_latency(net) is None


@pytest.mark.parametrize("engine", engines.ENGINES)
def test_each_engine_fills_the_same_columns(engine):
    if reason := engines.missing(engine):
        pytest.skip(reason)
    random, threads = torch.random.get_rng_state(), torch.get_num_threads()
    found = speed.measure(TINY, engine, blocks=[64, 128, 512], seconds=0.1, sample_rate=44_100)
    assert set(found) <= set(QUANTITIES)
    factors = [value for name, value in found.items() if name.startswith(("rtf_mean", "rtf_p50", "rtf_p99", "rtf_max"))]
    assert len(factors) == 3 * 4
    assert all(isfinite(value) and value > 0 for value in factors)
    assert found["block_latency_ms"] == pytest.approx(512 / 44.1)
    assert engine.split("-")[0].lower() in found["rtf_engine"].lower() and "1 thread, block 512" in found["rtf_engine"]
    assert torch.equal(random, torch.random.get_rng_state()) and threads == torch.get_num_threads()


def test_the_default_engine_is_onnxruntime_where_it_is_installed(monkeypatch):
    assert engines.chosen("auto") == "onnxruntime"
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    assert engines.chosen("auto") == "torch"
    with pytest.raises(ConfigError, match=r"benchmark\.engine=onnxruntime: .*pip install 'nasamp\[onnx\]'"):
        engines.chosen("onnxruntime")


def test_without_node_its_engine_says_what_to_install(monkeypatch):
    monkeypatch.setattr(nam_wasm.shutil, "which", lambda name: None)
    with pytest.raises(ConfigError, match=r"benchmark\.engine=nam-wasm: node is not installed"):
        engines.chosen("nam-wasm")


def test_a_measurement_is_known_by_all_that_it_depends_on(tmp_path):
    how = {"blocks": [64], "seconds": 1.0, "sample_rate": 44_100}
    keys = {
        measured.key(TINY, "torch", **how),
        measured.key(architecture.stack(2, 2, 3, causal=True), "torch", **how),  # the same network
        measured.key(architecture.stack(3, 2, 3), "torch", **how),
        measured.key(TINY, "onnxruntime", **how),
        *(
            measured.key(TINY, "torch", **how | {name: value})
            for name, value in [("blocks", [32]), ("sample_rate", 8000)]
        ),
    }
    assert len(keys) == 5
    measured.write(tmp_path, {"a": {"rtf_mean": 0.1}})
    assert measured.read(tmp_path) == {"a": {"rtf_mean": 0.1}}
    (tmp_path / measured.FILE).write_text("{")
    assert measured.read(tmp_path) == {}


@pytest.mark.long
def test_the_app_measures_a_shape_and_a_file(nasamp, tmp_path):
    net = network(layers=2, channels=2, kernel_size=3)
    nam.write(tmp_path / "a.nam", net, sample_rate=48_000, metadata={})
    short = "benchmark.seconds=0.1"
    untrained = nasamp("model.layers=3", "model.channels=4", short, module="nasamp.benchmark")
    assert untrained.returncode == 0, untrained.stderr
    assert "untrained, L3 C4 K3, 44,100 Hz" in untrained.stdout and "152 MACs" in untrained.stdout
    assert "delay of the model: 0 samples, measured" in untrained.stdout
    file = nasamp("model=a.nam", short, "benchmark.engine=torch", "benchmark.blocks=[32]", module="nasamp.benchmark")
    assert "a.nam, L2 C2 K3, 48,000 Hz" in file.stdout and "engine: PyTorch" in file.stdout
    assert [line.split()[:2] for line in file.stdout.splitlines()[-1:]] == [["32", "0.67"]]
    assert [path.name for path in tmp_path.iterdir()] == ["a.nam"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["benchmark.engine=cpp"], "benchmark.engine=cpp: must be auto, torch, onnxruntime, nam-wasm"),
        (["benchmark.blocks=[0]"], "benchmark.blocks: 0 must be a whole number from 1 to 65,536"),
        (["benchmark.blocks=[]"], "benchmark.blocks: must hold at least one size"),
        (["benchmark.seconds=0"], "benchmark.seconds=0: must be 0.05 to 600"),
        (["model.channels=0"], "model.channels=0: must be 1 to 256"),
        (["model.layers=32"], "model: needs"),
        (["model.causal=false"], "model.causal=false: looks ahead"),
        (["model=none.nam"], "none.nam: does not exist"),
        (["model=a2_lite", "model.layers=5"], "model.layers: has no effect, since model.arrays of model=a2_lite sets"),
        (["model=none.nam", "model.layers=5"], "model.layers: has no effect, since the network is that of model=none"),
        (["sample_rate=10"], "sample_rate=10: must be 8,000 to 384,000"),
    ],
)
def test_a_mistake_gives_one_line(nasamp, arguments, words):
    done = nasamp(*arguments, module="nasamp.benchmark")
    assert words in done.stderr, done.stderr
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


@pytest.mark.long
def test_a_job_takes_the_measurement_of_its_search(nasamp, tmp_path):
    line = ["model.layers=2", "model.channels=2", "phase=smoke_full", "data.seconds=12", "logger=none", "export=onnx"]
    short = ["phase.length.steps=2", "phase.validate_every=2", "benchmark.seconds=0.1", "trainer.accelerator=cpu"]
    engine = engines.chosen("auto")  # the search finds its measurement in speed.json, and so does the job
    key = measured.key(TINY, engine, blocks=[64, 128, 512], seconds=0.1, sample_rate=44_100)
    measured.write(tmp_path / "results" / "single", {key: {"rtf_mean": 0.123, "rtf_engine": "of the test"}})
    done = nasamp(*line, *short)
    assert done.returncode == 0, done.stderr
    assert "measuring" not in done.stdout
    result = json.loads(next(tmp_path.glob("results/single/smoke_full/*/result.json")).read_text())
    assert (result["rtf_mean"], result["rtf_engine"]) == (0.123, "of the test")
    assert result["algorithmic_latency_samples"] == 0
    assert all(next(tmp_path.glob(f"results/single/smoke_full/*/*.{ending}")) for ending in ("nam", "json", "onnx"))
