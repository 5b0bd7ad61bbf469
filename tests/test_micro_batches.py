"""The training step in micro-batches against autograd."""

import pytest
import torch
from networks import step

from nasamp.architecture import stack
from nasamp.models import WaveNet, micro_batches
from nasamp.models.eager import eager
from nasamp.models.micro_batches import micro_batched


@pytest.mark.parametrize("skip", [0, 1, 20, 31, 400])
@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (3, 4, 4, 2), (4, 5, 3, 2), (3, 2, 3, 3)])
def test_it_agrees_with_autograd(shape, causal, skip, monkeypatch):
    monkeypatch.setattr(micro_batches, "MICRO_BATCH_SAMPLES", 1100)
    torch.manual_seed(0)
    net = WaveNet(stack(*shape, causal=causal)).double()
    x = torch.randn(5, 1, 501, dtype=torch.float64)
    for ours, true in zip(step(micro_batched, net, x, skip), step(eager, net, x, skip), strict=True):
        assert (ours - true).abs().max() < 1e-12


@pytest.mark.parametrize("kept_bytes", [0, 200_000])
def test_what_was_not_kept_is_computed_again(kept_bytes, monkeypatch):
    monkeypatch.setattr(micro_batches, "MICRO_BATCH_SAMPLES", 1100)
    monkeypatch.setattr(micro_batches, "KEPT_BYTES", kept_bytes)
    torch.manual_seed(0)
    net, x = WaveNet(stack(layers=3, channels=4, kernel_size=3)).double(), torch.randn(5, 1, 501, dtype=torch.float64)
    kept = [each is not None for each in micro_batched(net.architecture, net.weights, x, 20).grad_fn.kept]
    assert kept == [kept_bytes > 0, False, False]
    for ours, true in zip(step(micro_batched, net, x, 20), step(eager, net, x, 20), strict=True):
        assert (ours - true).abs().max() < 1e-12


def test_weights_that_changed_between_forward_and_backward_are_an_error():
    net = WaveNet(stack(layers=2, channels=3, kernel_size=3))
    loss = micro_batched(net.architecture, net.weights, torch.randn(2, 1, 50)).square().mean()
    with torch.no_grad():
        net.blocks[0].weight.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()
