"""The compiled library, as functions on tensors."""

import ctypes
from ctypes import POINTER, byref, c_int64, c_void_p
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from nasamp.models.fused import building

DTYPES = {torch.float32: "float32", torch.float64: "float64"}


class Task(ctypes.Structure):
    """The struct of the same name in network.h, which explains its fields."""

    _fields_ = tuple(
        (name, c_int64)
        for name in (
            *("rows", "context"),
            *("sequences", "samples", "start", "pieces", "kept", "threads"),
        )
    )


@dataclass(frozen=True)
class Memory:
    """How many bytes a call needs: for each piece that is kept, and for each thread."""

    unit: int
    scratch: int


class Library:
    """The functions; ctypes releases the interpreter's lock while they run."""

    def __init__(self, flags: tuple[str, ...] = ()) -> None:
        """Compile if needed, and load.

        Raises:
            NoLibrary: where that cannot be done.
        """
        path = building.library(flags)
        try:
            self._functions = ctypes.CDLL(str(path))
        except OSError as error:
            raise building.NoLibrary(f"{path}: cannot be loaded ({error}); delete it") from None
        for dtype in DTYPES.values():
            for name, pointers in (("memory", 3), ("forward", 6), ("backward", 8)):
                function = getattr(self._functions, f"{name}_{dtype}")
                function.argtypes, function.restype = [POINTER(Task), *[c_void_p] * pointers], None

    def memory(self, task: Task, table: Tensor, dtype: torch.dtype) -> Memory:
        """Return what a call needs; the table is that of table.py."""
        unit, scratch = c_int64(), c_int64()
        function = getattr(self._functions, f"memory_{DTYPES[dtype]}")
        function(byref(task), table.data_ptr(), byref(unit), byref(scratch))
        return Memory(unit.value * dtype.itemsize, scratch.value * dtype.itemsize)

    def forward(
        self, task: Task, table: Tensor, weights: Tensor, x: Tensor, y: Tensor, kept: Tensor, scratch: Tensor
    ) -> None:
        """Compute ``y`` (sequences, samples - start) from ``x`` (sequences, samples), all in one piece of memory."""
        self._call("forward", task, table, weights, x, y, kept, scratch)

    def backward(
        self,
        task: Task,
        table: Tensor,
        weights: Tensor,
        x: Tensor,
        dy: Tensor,
        kept: Tensor,
        scratch: Tensor,
        dweights: Tensor,
        dx: Tensor | None,
    ) -> None:
        """Compute ``dweights``, and add to ``dx`` (sequences, samples); what was kept is overwritten."""
        self._call("backward", task, table, weights, x, dy, kept, scratch, dweights, dx)

    def _call(self, name: str, task: Task, table: Tensor, weights: Tensor, *others: Tensor | None) -> None:
        pointers = [None if tensor is None else tensor.data_ptr() for tensor in (table, weights, *others)]
        getattr(self._functions, f"{name}_{DTYPES[weights.dtype]}")(byref(task), *pointers)


@cache
def loaded() -> Library:
    """Return the library for this machine."""
    return Library()
