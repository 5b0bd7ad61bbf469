"""The bounded step of PyTorch against autograd over the whole batch."""

import pytest
import torch
from hypothesis import given, settings
from members import architectures
from networks import step

from nasamp.architecture import stack
from nasamp.models import WaveNet, bounded
from nasamp.models.eager import eager

NET = stack(3, 4, 3, residual="dense", mixin=True, head_kernel_size=2)


def agrees(net, x, skip):
    for ours, true in zip(step(bounded.bounded, net, x, skip), step(eager, net, x, skip), strict=True):
        assert (ours - true).abs().max() < 1e-12


@settings(max_examples=40, deadline=None, derandomize=True)
@given(architectures())
def test_any_member_agrees_with_autograd(architecture):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bounded, "MICRO_BATCH_SAMPLES", 250)
        torch.manual_seed(0)
        agrees(WaveNet(architecture).double(), torch.randn(5, 1, 120, dtype=torch.float64), 20)


@pytest.mark.parametrize(("kept_bytes", "expected"), [(0, [False] * 3), (200_000, [True, False, False])])
def test_what_was_not_kept_is_computed_again(monkeypatch, kept_bytes, expected):
    monkeypatch.setattr(bounded, "MICRO_BATCH_SAMPLES", 250)
    monkeypatch.setattr(bounded, "KEPT_BYTES", kept_bytes)
    torch.manual_seed(0)
    net, x = WaveNet(NET).double(), torch.randn(5, 1, 120, dtype=torch.float64)
    kept = bounded.bounded(net.architecture, net.weights, x, 20).grad_fn.kept
    assert [each is not None for each in kept] == expected
    agrees(net, x, 20)


def test_weights_that_changed_between_forward_and_backward_are_an_error():
    net = WaveNet(NET)
    loss = bounded.bounded(net.architecture, net.weights, torch.randn(2, 1, 50)).square().mean()
    with torch.no_grad():
        net.blocks[0].weight.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()
