"""The compiled step with the vectors of an ARM processor, run in an emulator, against PyTorch in float64."""

import copy
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from test_fused import check, net_of, signal, step

from nasamp.models.fused import building, fused
from nasamp.models.fused.library import DTYPES, Library, Memory, Task
from nasamp.models.plain import plain

pytestmark = pytest.mark.long
COMPILER, EMULATOR = "aarch64-linux-gnu-g++", "qemu-aarch64"


class Emulated(Library):
    """The library's functions, each call a process of the emulator."""

    def __init__(self, program: Path) -> None:
        """Take what ``call_fused.cpp`` was compiled to."""
        self._program = program

    def memory(self, task: Task, dtype: torch.dtype) -> Memory:
        unit, scratch = torch.zeros(1, dtype=torch.int64), torch.zeros(1, dtype=torch.int64)
        self._run(f"memory_{DTYPES[dtype]}", task, unit, scratch)
        return Memory(int(unit) * dtype.itemsize, int(scratch) * dtype.itemsize)

    def _call(self, name: str, task: Task, weights: torch.Tensor, *others: torch.Tensor | None) -> None:
        self._run(f"{name}_{DTYPES[weights.dtype]}", task, weights, *others)

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


def test_double_precision_agrees_too(library):
    net, x = net_of(3, 10).double(), signal(2, 500).double()
    true_output, true = step(plain, copy.deepcopy(net), x)
    output, gradients = step(lambda *args: fused(*args, library=library), net, x)
    assert (output - true_output).abs().max() < 1e-13
    assert all((ours - theirs).norm() < 1e-12 * theirs.norm() for ours, theirs in zip(gradients, true, strict=True))


def test_derivatives_by_the_input_are_those_of_float64(library):
    net, x = net_of(4, 16), signal(2, 700)
    found, true = x.clone().requires_grad_(), x.double().requires_grad_()
    fused(net, found, library=library).square().sum().backward()
    plain(copy.deepcopy(net).double(), true).square().sum().backward()
    assert (found.grad - true.grad).norm() < 1e-5 * true.grad.norm()
