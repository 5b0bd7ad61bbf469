"""Optimizer steps over a few large tensors against PyTorch's own optimizers over many small ones."""

import pytest
import torch

from nasamp.architecture import stack
from nasamp.models import WaveNet
from nasamp.models.network import matrices
from nasamp.training.optimizers import Average, Flat, MuonWithAdam, orthogonal

RATES = {"muon_rate": 0.02, "adam_rate": 0.01, "momentum": 0.9}


def network(channels=6):
    torch.manual_seed(3)
    return WaveNet(stack(layers=3, channels=channels, kernel_size=3))


def loss_of(net, number):
    x = torch.randn(2, 1, 50, generator=torch.Generator().manual_seed(number))
    return (net(x) - x.tanh()).square().mean()


def test_a_flat_network_plays_the_same_and_its_weights_are_the_flat_ones():
    net, x = network(), torch.randn(1, 1, 40)
    expected, state = net(x), {name: value.clone() for name, value in net.state_dict().items()}
    flat = Flat(net, matrices(net))
    assert torch.equal(net(x), expected)
    assert all(torch.equal(state[name], value) for name, value in net.state_dict().items())
    assert [tuple(each.shape) for each in flat.parameters] == [(3, 6, 18), (6 + 6 + 3 * 6 + 6 + 1,)]
    flat.weights.zero_()
    assert not net(x).any()


def test_the_flat_gradient_is_that_of_the_network_even_after_it_was_set_to_none():
    plain, net = network(), network()
    loss_of(plain, 0).backward()
    flat = Flat(net, matrices(net))
    net.zero_grad()  # to None, as Lightning does
    for _ in range(2):
        flat.zero_grad()
        loss_of(net, 0).backward()
    expected = torch.stack([block.weight.grad.flatten(1) for block in plain.blocks])
    assert torch.allclose(flat.matrices[0].grad, expected, rtol=1e-5, atol=1e-7)


def test_a_network_of_one_channel_has_no_matrices():
    net = network(channels=1)
    flat = Flat(net, matrices(net))
    assert flat.matrices == []
    MuonWithAdam(flat.matrices, flat.rest, **RATES).step()


def test_ten_steps_are_those_of_adam_on_the_rest_and_muon_on_the_convolutions():
    """The reference is PyTorch's Muon, matrix by matrix; it computes in bfloat16, hence the tolerance."""
    net, twin = network(), network()
    flat = Flat(net, matrices(net))
    ours = MuonWithAdam(flat.matrices, flat.rest, **RATES)
    separate = [torch.nn.Parameter(block.weight.detach().flatten(1).clone()) for block in twin.blocks]
    blocks = {id(block.weight) for block in twin.blocks}
    rest = [each for each in twin.parameters() if id(each) not in blocks]
    theirs = torch.optim.Muon(separate, lr=0.02, weight_decay=0.0, momentum=0.9), torch.optim.Adam(rest, lr=0.01)
    for number in range(10):
        flat.zero_grad()
        loss_of(net, number).backward()
        ours.step()
        twin.zero_grad()
        loss_of(twin, number).backward()
        for block, matrix in zip(twin.blocks, separate, strict=True):
            matrix.grad = block.weight.grad.flatten(1)
        for optimizer in theirs:
            optimizer.step()
        for block, matrix in zip(twin.blocks, separate, strict=True):
            block.weight.data.copy_(matrix.detach().view_as(block.weight))
    moved = torch.cat([(a - b).flatten() for a, b in zip(twin.parameters(), network().parameters(), strict=True)])
    apart = torch.cat([(a - b).flatten() for a, b in zip(twin.parameters(), net.parameters(), strict=True)])
    assert apart.norm() < 0.06 * moved.norm()


@pytest.mark.parametrize("shape", [(2, 16, 48), (1, 48, 16), (3, 7, 7)])
def test_an_orthogonal_update_keeps_the_directions_and_makes_all_about_equally_strong(shape):
    stack = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    left, _, right = torch.linalg.svd(stack, full_matrices=False)
    strengths = left.mT @ orthogonal(stack) @ right.mT
    diagonal = torch.diagonal(strengths, dim1=1, dim2=2)
    assert (strengths - torch.diag_embed(diagonal)).abs().max() < 0.01
    assert diagonal.min() > 0.4
    assert diagonal.max() < 1.4


def test_the_average_decays_faster_at_first_and_swapping_twice_restores_the_weights():
    weights, slow = torch.zeros(1), torch.zeros(1)
    average = Average(weights, 0.9)
    for step in range(1, 200):
        weights.fill_(step)
        average.update(step)
        keep = min(0.9, step / (step + 10))
        slow = keep * slow + (1 - keep) * step
    average.swap()
    assert weights.item() == pytest.approx(slow.item(), rel=1e-5)
    assert average.trained().item() == 199
    average.swap()
    assert weights.item() == 199


def test_without_an_average_the_last_weights_are_used():
    weights = torch.ones(2)
    average = Average(weights, 0.0)
    average.update(1)
    average.swap()
    assert torch.equal(weights, torch.ones(2))
    assert average.trained() is weights
