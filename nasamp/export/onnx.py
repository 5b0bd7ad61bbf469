"""Exports a network as an ONNX graph for streaming: its state is passed in and returned as tensors.

Inputs: ``input`` (1, 1, samples) and, for each layer and head whose kernel is longer than 1, ``state_0`` ...
(1, channels, (kernel_size - 1) * dilation). Outputs: ``output`` and ``next_state_0`` ..., the states for the next call.
Start with states of zeros and feed ``receptive_field`` samples of silence first.
"""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime  # type: ignore[import-untyped]
import torch
from numpy.typing import NDArray

from nasamp.atomic import replacing
from nasamp.errors import ExportError
from nasamp.export.onnx_graph import graph
from nasamp.models import WaveNet
from nasamp.models.streaming import Stream, settled

TOLERANCE = 1e-5  # largest difference from PyTorch, relative to the peak


class Player:
    """Plays a network block by block in onnxruntime, with one thread; starts in the same state as ``Stream``."""

    def __init__(self, net: WaveNet) -> None:
        """Build the graph and load it."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        content = graph(net, sample_rate=48_000).SerializeToString()
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self._states = {f"state_{i}": state.numpy() for i, state in enumerate(settled(net)) if state.numel()}

    def process(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the output of the next block, shape (1, 1, samples) as the input; any length."""
        output, *states = self._session.run(None, {"input": block, **self._states})
        self._states = dict(zip(self._states, states, strict=True))
        return output  # type: ignore[no-any-return]


def write(path: Path, net: WaveNet, *, sample_rate: int) -> None:
    """Write the file, after checking that onnxruntime and PyTorch give the same output.

    Raises:
        ExportError: if they do not.
    """
    model = graph(net, sample_rate=sample_rate)
    onnx.checker.check_model(model, full_check=True)
    _compare(net)
    with replacing(path) as draft:
        onnx.save(model, draft)


def _compare(net: WaveNet) -> None:
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (20, 1, 1, 64)).astype(np.float32)
    ours, theirs = Stream(net), Player(net)
    expected = np.stack([ours.process(torch.from_numpy(block)).numpy() for block in noise])
    found = np.stack([theirs.process(block) for block in noise])
    difference, peak = np.abs(found - expected).max(), np.abs(expected).max()
    if not difference <= TOLERANCE * max(peak, 1.0):
        raise ExportError(
            f"ONNX: the output of onnxruntime differs from PyTorch's by {difference:.2g}, at a peak of {peak:.2g}"
        )
