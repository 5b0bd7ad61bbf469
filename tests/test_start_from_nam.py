"""Training starts from the network of a .nam: its architecture and weights, whoever made it."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import hydra
import pytest
import torch
from configs import CONF, config, model
from hydra.core.global_hydra import GlobalHydra
from hydra.types import HydraContext, RunMode
from hypothesis import given, settings
from hypothesis import strategies as st
from members import PRESETS, exportable
from networks import same_weights

from nasamp import app
from nasamp.architecture import Architecture, stack
from nasamp.errors import ConfigError, ExportError
from nasamp.export import nam, nam_content, nam_reading, slimmable
from nasamp.export.scale import folded
from nasamp.models import WaveNet
from nasamp.schema import Start, model_keys
from nasamp.search.jobs import ledger
from nasamp.search.plan import starting
from nasamp.search.plan.arguments import quoted
from nasamp.search.plan.identities import Identities
from nasamp.search.plan.planning import Plan, make

PLAIN = stack(layers=4, channels=6, kernel_size=3)
DEEP = stack(14, 4, 3, dilation_cycle=7, residual="dense", mixin=True, head_kernel_size=4)
MEMBERS = {**PRESETS, "plain": PLAIN, "deep": DEEP, "cycle": stack(5, 3, 2, dilations=[1, 3, 7], gating="gated")}
MEMBERS |= {f"random {seed}": exportable(seed) for seed in range(30)}


def network(architecture: Architecture) -> WaveNet:
    torch.manual_seed(0)
    net = WaveNet(architecture)
    with torch.no_grad():
        for weights in net.parameters():
            weights *= 1.5
    return net.eval()


def file(folder: Path, net: WaveNet, *, rate: int | None = 44_100, name: str = "a.nam", **changes) -> Path:
    content = nam.content(net, sample_rate=44_100, metadata={"name": name})
    content |= {"weights": content["weights"].tolist(), "sample_rate": rate}
    path = folder / name
    path.write_text(json.dumps(content | changes))
    return path


def begun(path: Path, scale: float = 1.0) -> WaveNet:
    """Return the network of a job that starts from a file, before its first step."""
    keys = model_keys.of(nam_content.trainable(path).architecture)
    started = replace(config(), model=model(**keys), start=Start(path, starting._digest(path)))
    return app._network(started, scale).eval()


# The weights


@pytest.mark.parametrize("scale", [1.0, 0.3, 7.0])
@pytest.mark.parametrize("member", MEMBERS)
def test_at_its_first_step_the_training_renders_what_the_file_renders(tmp_path, member, scale):
    path = file(tmp_path, network(MEMBERS[member]))
    x = torch.rand(1, 1, 7000, generator=torch.Generator().manual_seed(1)) - 0.5
    with torch.no_grad():
        expected = nam_reading.read(path)[0](x)
        found = begun(path, scale)(scale * x) / scale
    assert torch.allclose(found, expected, rtol=0, atol=1e-5 * float(expected.abs().max()))


@pytest.mark.parametrize("member", ["plain", "deep", "cycle"])
def test_at_its_own_level_a_network_of_ours_has_the_weights_that_were_trained(tmp_path, member):
    trained = network(MEMBERS[member])
    assert same_weights(begun(file(tmp_path, trained)), trained)
    again = begun(file(tmp_path, folded(trained, 0.3)), 0.3)
    assert again.architecture == trained.architecture
    for ours, theirs in zip(again.parameters(), trained.parameters(), strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-6, atol=0)


def test_a_plain_stack_comes_back_as_one_though_its_file_has_a_layer_more(tmp_path):
    path = file(tmp_path, network(PLAIN))
    assert len(nam_content.as_written(path).architecture.arrays[0].layers) == 5
    assert nam_content.trainable(path).architecture == PLAIN


# The keys


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_keys_of_a_network_describe_it_again(seed):
    architecture = replace(exportable(seed), head_scale=1.0)
    keys = model_keys.of(architecture)
    if keys is None:  # a mixin beside an input in the skip sum, or one factor, which is a matrix in NAM's words
        arrays = architecture.arrays
        assert any(each.head_takes_input or (each.channels, each.residual) == (1, "scale") for each in arrays)
    else:
        assert model(**keys).architecture == architecture


@pytest.mark.parametrize("preset", PRESETS)
def test_the_keys_of_a_preset_are_the_same_job(preset):
    chosen = config(f"model={preset}")
    keys = model_keys.of(replace(PRESETS[preset], head_scale=1.0))
    assert ledger.identity(replace(chosen, model=model(**keys)), "") == ledger.identity(chosen, "")


# The plan of a command


def planned(path: Path | None, *typed: str, is_multirun: bool = True) -> Plan:
    start = [] if path is None else [f"start.path={quoted(str(path))}"]
    line = [*start, "data.seconds=12", *typed]
    with hydra.initialize_config_dir(str(CONF), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        cfg = loader.load_configuration("config", line, RunMode.MULTIRUN)
        return make(line, cfg, HydraContext(config_loader=loader, callbacks=None), is_multirun=is_multirun)


def identity(plan: Plan) -> str:
    return Identities(plan, {plan.choice(plan.points[0]): "recording"}).of(plan.points[0], 0)


@pytest.fixture
def plain(tmp_path) -> Path:
    return file(tmp_path, network(PLAIN))


@pytest.mark.parametrize("member", ["plain", "deep", "cycle", "a1_standard", "a2_lite"])
def test_the_jobs_have_the_architecture_of_the_file_and_the_search_says_so_in_one_line(tmp_path, member):
    path = file(tmp_path, network(MEMBERS[member]))
    plan = planned(path)
    assert plan.config.model.architecture == replace(MEMBERS[member], head_scale=1.0)
    assert [line.partition(": ")[0] for line in plan.notes] == [f"starts from {path}"]
    assert not any("\n" in line for line in plan.notes)
    assert plan.points[0].costs["parameters"] == sum(each.numel() for each in network(MEMBERS[member]).parameters())


@pytest.mark.parametrize(
    ("typed", "points"),
    [
        (["model.channels=6"], 1),
        (["model.layers=4", "model.kernel_size=3", "model.dilation_base=2", "model.mixin=false"], 1),
        (["model.dilations=[1,2,4,8]"], 1),
        (["model.bottleneck=6", "model.arrays=null", "model.dilation_cycle=null"], 1),
        (["seed=1,2", "recipe=fast,original"], 4),
        (["model.dilation_cycle=null,4"], 1),
        (["phase=quick,full"], 1),
    ],
)
def test_keys_that_agree_with_the_file_pass(plain, typed, points):
    plan = planned(plain, *typed)
    assert len(plan.points) == points
    for point in plan.points:
        for phase in plan.phases:
            assert plan.job_config(point, phase["phase"]).model.architecture == PLAIN


def test_a_preset_that_agrees_with_the_file_gives_the_model_its_name(tmp_path):
    path = file(tmp_path, network(PRESETS["a2_lite"]))
    (point,) = planned(path, "model=a2_lite", "model.activation=LeakyReLU").points
    assert point.label == "a2_lite"
    assert planned(path, "model=a2_lite", "model.name=mine").points[0].label == "mine"
    assert planned(path, "model.layers=23", "model.channels=3").points[0].label == "L23_C3_K6-15"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("model.channels=5", r"model\.channels=5: start\.path=\S+a\.nam has 6; leave it out"),
        ("model.channels=6,8", r"model\.channels=6,8: start\.path=\S+a\.nam has 6"),
        ("model.dilation_base=3", r"model\.dilation_base=3: start\.path=\S+ has \[1,2,4,8\]"),
        ("model.mixin=true", r"model\.mixin=true: start\.path=\S+ has false"),
        ("model.activation=ReLU", r"model\.activation=ReLU: start\.path=\S+ has Tanh"),
        ("model.causal=false", r"model\.causal=false: start\.path=\S+ has true"),
        ("model=a1_nano", r"model=a1_nano: start\.path=\S+ has 4 layers of 6 channels, kernel 3"),
        ("model._target_=my.Net", r"model\._target_=my\.Net: start\.path=\S+ has a network of nasamp"),
        ("model.channels=0", r"model\.channels=0: must be 1 to 256"),
        ("data.sample_rate=48000", r"start\.path=\S+: plays at 44,100 Hz.* 48,000 Hz; data\.resample=44100"),
    ],
)
def test_what_contradicts_the_file_is_one_clear_line(plain, typed, message):
    with pytest.raises(ConfigError, match=message) as raised:
        planned(plain, typed)
    assert "\n" not in str(raised.value)


def test_a_key_agrees_only_if_all_arrays_have_its_value(tmp_path):
    path = file(tmp_path, network(PRESETS["a1_standard"]))
    assert planned(path, "model.activation=Tanh", "model.kernel_size=3", "model.layers=20", "model.dilation_cycle=10")
    with pytest.raises(ConfigError, match=r"model\.channels=16: start\.path=\S+ has 16 and 8;"):
        planned(path, "model.channels=16")


def test_every_axis_of_a_search_that_contradicts_the_file_is_named(plain):
    with pytest.raises(ConfigError) as raised:
        planned(plain, "search=poc")
    names = [line.partition(":")[0] for line in str(raised.value).splitlines()]
    assert names == ["model.layers=5,6,7,8", "model.channels=16,24,32"]


def test_several_files_are_refused_in_one_line(plain):
    with pytest.raises(ConfigError, match=r"start\.path: takes one \.nam"):
        planned(None, f"start.path='{plain}','b.nam'")


def test_a_file_that_only_some_points_start_from_is_refused_in_one_line(tmp_path, plain):
    (tmp_path / "experiment").mkdir()
    for name, start in {"a": f"{{path: '{plain}'}}", "b": "{path: null}"}.items():
        (tmp_path / "experiment" / f"{name}.yaml").write_text(f"# @package _global_\nstart: {start}\n")
    with pytest.raises(ConfigError, match=r"start\.path=\S+: is set by an option of an axis; type it") as raised:
        planned(None, f"hydra.searchpath=[{tmp_path}]", "+experiment=a,b")
    assert "\n" not in str(raised.value)


def test_a_recording_may_be_resampled_to_the_rate_of_the_file(tmp_path):
    path = file(tmp_path, network(PLAIN), rate=48_000)
    with pytest.raises(ConfigError, match=r"data\.resample=48000"):
        planned(path)
    assert planned(path, "data.resample=48000").config.model.architecture == PLAIN


def test_a_file_without_a_rate_plays_at_the_usual_one(tmp_path):
    path = file(tmp_path, network(PLAIN), rate=None)
    assert planned(path, "data.sample_rate=48000").config.model.architecture == PLAIN


def test_the_content_of_a_file_is_its_identity_wherever_it_lies(tmp_path, plain):
    (tmp_path / "b").mkdir()
    moved = shutil.copy(plain, tmp_path / "b" / "other.nam")
    first = identity(planned(plain))
    assert identity(planned(moved)) == first
    assert identity(planned(plain, "model.channels=6")) == first
    assert identity(planned(None, "model.layers=4", "model.channels=6")) != first
    file(tmp_path, network(PLAIN), metadata={"name": "other"})
    assert identity(planned(plain)) != first


def test_a_job_does_not_start_from_a_file_that_has_changed_since(tmp_path, plain):
    start = planned(plain).config.start
    starting.refuse_changed(start)
    file(tmp_path, network(DEEP))
    with pytest.raises(ConfigError, match="has changed since the search began"):
        starting.refuse_changed(start)


def test_a_file_in_a_folder_that_would_be_replaced_is_refused(tmp_path, plain):
    start = planned(plain).config.start
    starting.refuse_removal(start, [tmp_path / "other"])
    with pytest.raises(ConfigError, match=r"a\.nam: lies in .* search\.name=\.\.\. uses another folder"):
        starting.refuse_removal(start, [tmp_path])


def test_a_later_phase_continues_the_job_that_started_from_the_file(plain):
    plan = planned(plain, "phase=quick,full")
    ids = Identities(plan, {plan.choice(plan.points[0]): "recording"})
    first, later = (ids.config(plan.points[0], number).start for number in (0, 1))
    assert (first.nam, first.identity) == (plain, starting._digest(plain))
    assert later == Start(None, ids.of(plan.points[0], 0))


def test_a_checkpoint_leaves_the_model_as_it_is_typed(tmp_path):
    plan = planned(tmp_path / "stable.ckpt", "model.layers=3")
    assert (plan.config.start.checkpoint, plan.config.start.nam) == (tmp_path / "stable.ckpt", None)
    assert (plan.config.start.identity, plan.config.model.layers, plan.notes) == (None, 3, ())


def test_of_a_container_the_last_model_is_taken_and_that_is_said(tmp_path):
    models = [json.loads(file(tmp_path, network(MEMBERS[each])).read_text()) for each in ("plain", "deep")]
    path = tmp_path / "both.nam"
    path.write_text(json.dumps(slimmable.container(models, name="both")))
    plan = planned(path)
    assert plan.config.model.architecture == DEEP
    assert plan.notes[0] == f"{path}: holds 2 models (a.nam, a.nam); the last is used"


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda text: None, "cannot be read: No such file"),
        (lambda text: text[:500], "is not the JSON of a model"),
        (lambda text: text.replace('"WaveNet"', '"LSTM"'), "architecture LSTM is not supported, only WaveNet"),
        (lambda text: text.replace('"weights": [', '"weights": [NaN, '), "holds NaN, which is not a number"),
        (lambda text: text.replace('"weights": [', '"weights": [1e99, '), "weights: must be numbers of shape"),
        (lambda text: text.replace("Tanh", "Fasttanh"), "activation=Fasttanh: must be Tanh, Hardtanh"),
        (lambda text: text.replace("Tanh", "PReLU"), "activation: PReLU is not supported"),
        (lambda text: text.replace('"head": null', '"head": {"channels": 8}'), "config: head is not supported"),
    ],
)
def test_a_file_that_training_cannot_start_from_is_one_clear_line(tmp_path, plain, spoil, message):
    spoiled = spoil(plain.read_text())
    plain.unlink()
    if spoiled:
        plain.write_text(spoiled)
    with pytest.raises(ConfigError, match=message) as raised:
        planned(plain)
    assert str(raised.value).startswith(f"start.path={plain}") and "\n" not in str(raised.value)


def test_a_file_of_another_architecture_than_the_network_is_refused(plain):
    with pytest.raises(ExportError, match=r"has 4 layers of 6 channels, .*, not 14 layers of 4 channels"):
        nam_reading.start(network(DEEP), plain, scale=1.0)


def test_the_architecture_of_a_file_is_read_without_pytorch(plain):
    check = """
import sys, pathlib, nasamp.search.plan.starting as starting
starting._read(pathlib.Path(sys.argv[1]))
sys.exit("torch" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", check, str(plain)], check=False).returncode == 0


# The whole command

SMALL = ["launcher=basic", "logger=csv", "data.seconds=12", "phase=smoke_full", "phase.validate_every=3"]
SMALL += ["recipe.smoke_full.steps=6", "data.normalize=rms", "callbacks.benchmark.seconds=0.05"]


@pytest.mark.long
def test_a_trained_model_is_trained_longer_from_its_nam_and_the_results_outlive_the_file(tmp_path, nasamp):
    shape = ["model.layers=3", "model.channels=4", "model.mixin=true", "model.residual=dense"]
    first = nasamp(*shape, *SMALL, "search.name=first")
    assert first.returncode == 0, first.stderr
    (source,) = tmp_path.glob("results/first/smoke_full/*/*.nam")
    still = ["recipe.learning_rate=1e-12", "recipe.muon.learning_rate=1e-12"]
    more = nasamp(f"start.path={source.relative_to(tmp_path)}", *still, *SMALL, "search.name=more")
    assert more.returncode == 0, more.stderr
    assert f"starts from {source.relative_to(tmp_path)}: 3 layers of 4 channels, kernel 3" in more.stdout
    results = [json.loads(path.read_text()) for path in sorted(tmp_path.glob("results/*/smoke_full/*/result.json"))]
    assert [result["architecture"] for result in results] == [results[0]["architecture"]] * 2
    assert results[1]["val_esr"] == pytest.approx(results[0]["val_esr"], rel=1e-4)
    assert "starts from" in (tmp_path / "results/more/smoke_full" / results[1]["name"] / "train.log").read_text()
    moved = source.rename(tmp_path / "moved.nam")
    again = nasamp(f"start.path={moved.name}", *still, *SMALL, "search.name=more")
    assert "1 job, 1 done before" in again.stdout, again.stdout + again.stderr
    moved.unlink()
    assert nasamp("runs=results/more", module="nasamp.pareto").returncode == 0
