"""The choice of what computes a network: the compiled step or PyTorch, with the same result."""

import logging

import pytest
import torch
from members import PRESETS

from nasamp.architecture import Activation, Architecture, Layer, LayerArray, stack
from nasamp.models import WaveNet
from nasamp.models import implementation as implementations
from nasamp.models.bounded import bounded
from nasamp.models.eager import eager
from nasamp.models.fused import NoLibrary, building, fused
from nasamp.models.fused.library import loaded
from nasamp.models.implementation import _can_be_compiled, chosen
from nasamp.models.micro_batches import micro_batched
from nasamp.models.network import in_context

X = torch.zeros(2, 1, 100)


def net_of(implementation: str, *, causal: bool = True) -> WaveNet:
    torch.manual_seed(0)
    return WaveNet(stack(layers=3, channels=5, kernel_size=3, causal=causal), implementation=implementation)


def choice(net: WaveNet, x: torch.Tensor):
    return chosen(net.architecture, net.weights, x, 0, net.implementation)


@pytest.fixture
def no_compiler(tmp_path, monkeypatch):
    """Hide the compiler, and what was compiled before, from this process."""
    for cached in (loaded, _can_be_compiled):
        cached.cache_clear()
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(building, "find_spec", lambda name: None)
    yield
    for cached in (loaded, _can_be_compiled):
        cached.cache_clear()


def test_auto_takes_the_compiled_step():
    assert choice(net_of("auto"), X) is fused


def test_implementation_torch_uses_pytorch():
    assert choice(net_of("torch"), X) is micro_batched


def test_without_weight_gradients_pytorch_computes_without_micro_batches():
    assert choice(net_of("torch"), X.clone().requires_grad_()) is eager
    with torch.no_grad():
        assert choice(net_of("torch"), X) is eager


@pytest.mark.parametrize("implementation", ["auto", "fused"])
def test_a_network_that_looks_ahead_is_computed_by_torch(implementation):
    assert choice(net_of(implementation, causal=False), X) is micro_batched


@pytest.mark.parametrize("implementation", ["auto", "fused"])
def test_what_the_compiled_step_cannot_do_is_logged_once_by_name(implementation, caplog):
    implementations._say.cache_clear()
    layers = (Layer(3, 1), Layer(3, 2, Activation("SiLU")))
    net = WaveNet(Architecture((LayerArray(2, 2, layers),)), implementation=implementation)
    with caplog.at_level(logging.INFO):
        assert choice(net, X) is choice(net, X) is bounded
    assert [record.getMessage().split(";")[0] for record in caplog.records] == ["the compiled step has no SiLU"]


@pytest.mark.parametrize("name", PRESETS)
def test_nams_presets_take_the_compiled_step(name):
    assert choice(WaveNet(PRESETS[name], implementation="auto"), X) is fused


@pytest.mark.parametrize(("implementation", "compute"), [("auto", micro_batched), ("fused", fused)])
def test_float64_uses_the_compiled_step_only_on_request(implementation, compute):
    assert choice(net_of(implementation).double(), X.double()) is compute


def test_another_device_gets_torch():
    assert choice(net_of("fused").to("meta"), X.to("meta")) is eager


def test_lower_precision_gets_torch():
    with torch.autocast("cpu", torch.bfloat16):
        assert choice(net_of("fused"), X) is eager


@pytest.mark.parametrize("x", [X[0], X[:, :, :0], X[:0]], ids=["no batch", "no samples", "no sequences"])
def test_unusual_shapes_get_torch(x):
    assert choice(net_of("auto"), x) is eager


def test_without_a_compiler_torch_is_used_with_one_warning(no_compiler, caplog):
    net = net_of("auto")
    with caplog.at_level(logging.INFO):
        assert choice(net, X) is choice(net, X) is micro_batched
    assert len(caplog.records) == 1
    assert "there is none; install g++ or clang++, or: pip install 'nasamp[compiler]'" in caplog.text


def test_without_a_compiler_the_compiled_step_is_refused(no_compiler):
    with pytest.raises(NoLibrary, match="needs a C\\+\\+ compiler"):
        net_of("fused")(X)


@pytest.mark.parametrize("causal", [True, False])
def test_the_middle_in_context_is_the_same_by_either(causal):
    x = torch.randn(2, 1, 300)
    ours, theirs = (in_context(net_of(name, causal=causal), x) for name in ("auto", "torch"))
    assert ours.shape == theirs.shape == (2, 1, 300 - sum(net_of("auto", causal=causal).context))
    assert (ours - theirs).abs().max() < 1e-6


def test_a_module_of_the_users_own_needs_no_skip():
    class Twice(torch.nn.Module):
        context = (3, 1)

        def forward(self, x):
            return 2 * x

    x = torch.randn(1, 1, 10)
    assert torch.equal(in_context(Twice(), x), 2 * x[..., 3:-1])


def test_the_weights_have_the_same_names_with_either():
    assert net_of("auto").state_dict().keys() == net_of("torch").state_dict().keys()
