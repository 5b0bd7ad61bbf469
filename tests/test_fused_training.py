"""Trainings with the compiled step: the curve of PyTorch's, the same bits each time, and without a compiler."""

from importlib.util import find_spec

import numpy as np
import pytest
import torch

from nasamp import losses
from nasamp.architecture import stack
from nasamp.models import WaveNet
from nasamp.models.eager import eager
from nasamp.models.fused import fused

BATCH, SAMPLES, STEPS = 8, 1024, 200


@pytest.fixture(scope="module")
def recording():
    """Return dull noise and what a tube might make of it, shape (samples,)."""
    noise = torch.randn(60_000, generator=torch.Generator().manual_seed(0))
    dry = torch.nn.functional.conv1d(noise[None, None], torch.full((1, 1, 8), 0.1))[0, 0]
    return dry, torch.tanh(3 * dry + 0.3) - 0.29


def trained(compute, recording, *, micro_batch=BATCH):
    """Return the losses and the weights of a short training on random segments."""
    torch.manual_seed(0)
    net = WaveNet(stack(layers=3, channels=8, kernel_size=3))
    context, curve = net.context[0], []
    optimizer = torch.optim.Adam(net.parameters(), 3e-3)
    for _ in range(STEPS):
        starts = torch.randint(context, len(recording[0]) - SAMPLES, (BATCH,)).tolist()
        x = torch.stack([recording[0][start - context : start + SAMPLES] for start in starts])[:, None]
        target = torch.stack([recording[1][start : start + SAMPLES] for start in starts])
        optimizer.zero_grad()
        loss = 0.0
        for part in torch.arange(BATCH).split(micro_batch):
            share = target[part].square().sum() / target.square().sum()
            one = share * losses.esr(compute(net.architecture, net.weights, x[part], context)[:, 0], target[part])
            one.backward()
            loss += one.item()
        optimizer.step()
        curve.append(loss)
    return np.array(curve), torch.cat([weights.detach().flatten() for weights in net.parameters()])


def apart(one, other):
    """Return by step how far two curves have been apart so far, relative."""
    return np.maximum.accumulate(np.abs(one - other) / np.minimum(one, other))


def test_a_curve_stays_within_twice_the_spread_of_rounding(recording):
    whole, halves, single = (trained(eager, recording, micro_batch=size)[0] for size in (8, 4, 1))
    ours = trained(fused, recording)[0]
    spread = np.maximum.reduce([apart(whole, halves), apart(whole, single), apart(halves, single)])
    assert ours[-1] < 0.05 * ours[0]
    assert np.all(apart(ours, whole) <= 2 * spread)


def test_the_same_training_twice_is_the_same_to_the_last_bit(recording):
    one, other = (trained(fused, recording) for _ in range(2))
    assert np.array_equal(one[0], other[0])
    assert torch.equal(one[1], other[1])


JOB = ["phase=smoke", "model.layers=2", "model.channels=2", "data.seconds=10", "logger=none"]


@pytest.mark.long
def test_a_job_without_a_compiler_says_so_once_and_is_done(program, tmp_path, monkeypatch):
    if find_spec("ziglang"):
        pytest.skip("Python brings a compiler here")
    (tmp_path / "cache").mkdir()
    program = type(program)(tmp_path / "cache")
    monkeypatch.setenv("PATH", str(tmp_path))
    done = program(tmp_path, *JOB)
    assert done.returncode == 0, done.stderr
    log = next(tmp_path.rglob("train.log")).read_text("utf-8")
    assert log.count("needs a C++ compiler, and there is none; install g++ or clang++") == 1
    assert not list((tmp_path / "cache").rglob("*.so"))
