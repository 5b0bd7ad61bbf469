"""The compiled step with the vectors of an ARM processor, run in an emulator, against PyTorch in float64."""

import copy
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from members import PRESETS
from test_fused import ACTIVATIONS, activated, check, check_member, net_of, signal, step, tanh_by_fused

from nasamp.models.eager import eager
from nasamp.models.fused import building, function, fused
from nasamp.models.fused.library import DTYPES, Library, Memory, Task

pytestmark = pytest.mark.long
COMPILER, EMULATOR = "aarch64-linux-gnu-g++", "qemu-aarch64"


class Emulated(Library):
    """The library's functions, each call a process of the emulator."""

    def __init__(self, program: Path) -> None:
        """Take what ``call_fused.cpp`` was compiled to."""
        self._program = program

    def memory(self, task: Task, table: torch.Tensor, dtype: torch.dtype) -> Memory:
        unit, scratch = torch.zeros(1, dtype=torch.int64), torch.zeros(1, dtype=torch.int64)
        self._run(f"memory_{DTYPES[dtype]}", task, table, unit, scratch)
        return Memory(int(unit) * dtype.itemsize, int(scratch) * dtype.itemsize)

    def _call(
        self, name: str, task: Task, table: torch.Tensor, weights: torch.Tensor, *others: torch.Tensor | None
    ) -> None:
        self._run(f"{name}_{DTYPES[weights.dtype]}", task, table, weights, *others)

    def _run(self, function: str, task: Task, *tensors: torch.Tensor | None) -> None:
        buffers = [None if each is None else each.detach().numpy().reshape(-1).view(np.uint8) for each in tensors]
        sizes = ["-1" if each is None else str(each.size) for each in buffers]
        there = [each for each in buffers if each is not None]
        command = [EMULATOR, str(self._program), function, *sizes]
        given = b"".join([bytes(task), *map(bytes, there)])
        back = subprocess.run(command, input=given, stdout=subprocess.PIPE, check=True).stdout
        ends = np.cumsum([each.size for each in there])
        for buffer, part in zip(there, np.split(np.frombuffer(back, np.uint8), ends[:-1]), strict=True):
            buffer[:] = part


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Emulated:
    """Compile for ARM."""
    if not (shutil.which(COMPILER) and shutil.which(EMULATOR)):
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"needs {COMPILER} and {EMULATOR}")
    program = tmp_path_factory.mktemp("arm") / "call_fused"
    flags = [flag for flag in building.own_flags() if flag not in ("-shared", "-march=native")]
    source = Path(__file__).with_name("call_fused.cpp")
    subprocess.run([COMPILER, *flags, "-static", str(source), "-o", str(program)], check=True)
    return Emulated(program)


@pytest.mark.parametrize("shape", [(4, 16, 3), (3, 7, 4), (2, 1, 2), (3, 24, 5), (6, 32, 3), (3, 12, 3, 3)])
@pytest.mark.parametrize("skip", [0, 300])
def test_output_and_gradients_are_those_of_float64(library, shape, skip):
    check(net_of(*shape), signal(3, skip + 1111), skip, library=library)


@pytest.mark.parametrize("name", PRESETS)
def test_nams_presets_agree_with_float64(library, name):
    check_member(PRESETS[name], 900, 20, library=library)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda each: each.name)
@pytest.mark.parametrize("gate", [None, ACTIVATIONS[-1]], ids=["none", "gated"])
@pytest.mark.parametrize("residual", ["identity", "scale", "dense"])
def test_each_activation_agrees_with_float64(library, activation, gate, residual):
    check_member(activated(activation, gate, residual), 700, 20, library=library)


def test_what_was_not_kept_and_long_sequences_and_two_threads(library, monkeypatch):
    monkeypatch.setattr(function, "KEPT_BYTES", 100_000)
    monkeypatch.setattr(function, "PIECE_SAMPLES", 100)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        check(net_of(4, 9), signal(3, 900), 30, library=library)
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("value", [torch.inf, -torch.inf, 1e30, torch.nan, 0.5])
def test_the_tanh_by_fused_large_values_and_of_none(library, value):
    found = tanh_by_fused(value, library=library)
    true = torch.tanh(torch.tensor(value, dtype=torch.float64)).expand_as(found)
    torch.testing.assert_close(found.double(), true, rtol=0, atol=1e-6, equal_nan=True)


def test_double_precision_agrees_too(library):
    net, x = net_of(3, 10).double(), signal(2, 500).double()
    true_output, true = step(eager, copy.deepcopy(net), x)
    output, gradients = step(lambda *args: fused(*args, library=library), net, x)
    assert (output - true_output).abs().max() < 1e-13
    assert all((ours - theirs).norm() < 1e-12 * theirs.norm() for ours, theirs in zip(gradients, true, strict=True))


def test_derivatives_by_the_input_are_those_of_float64(library):
    net, x = net_of(4, 16), signal(2, 700)
    found, true = x.clone().requires_grad_(), x.double().requires_grad_()
    fused(net.architecture, net.weights, found, library=library).square().sum().backward()
    twin = copy.deepcopy(net).double()
    eager(twin.architecture, twin.weights, true).square().sum().backward()
    assert (found.grad - true.grad).norm() < 1e-5 * true.grad.norm()
