"""Exports a network as an ONNX graph for streaming: its state is passed in and returned as tensors.

Inputs: ``input`` (1, 1, samples) and, for each layer, ``state_0`` ... (1, channels, (kernel_size - 1) * dilation).
Outputs: ``output`` and ``next_state_0`` ..., the states for the next call. Start with states of zeros and feed
``receptive_field`` samples of silence first. Layers of kernel size 1 have no state.
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime  # type: ignore[import-untyped]
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from nasamp.architecture import short_name
from nasamp.atomic import replacing
from nasamp.errors import ExportError
from nasamp.models import WaveNet
from nasamp.models.layer import Weights, by_array
from nasamp.models.streaming import Stream, settled

OPSET = 17
IR_VERSION = 8  # of the file format; the version that came with this opset, so that older runtimes can load it
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


def graph(net: WaveNet, *, sample_rate: int) -> onnx.ModelProto:
    """Return the ONNX model of a network.

    Raises:
        ExportError: for a network that is not causal, or not a plain stack.
    """
    if not net.causal:
        raise ExportError("ONNX: only a causal model can be played block by block; train with model.causal=true")
    if not net.architecture.is_tanh_stack:
        raise ExportError(f"ONNX: {short_name(net.architecture)} is not a plain stack of tanh layers")
    parts = _Parts()
    (array,), (own,) = net.architecture.arrays, by_array(net.architecture, net.weights)
    x = parts.convolution("input", "x0", own.input)
    for i, (form, weights) in enumerate(zip(array.layers, own.layers, strict=True)):
        seen = parts.remembered(x, i, array.channels, (form.kernel_size - 1) * form.dilation)
        z = parts.node("Tanh", [parts.convolution(seen, f"z{i}", weights.hidden, form.dilation)], f"tanh{i}")
        x = parts.node("Add", [x, z], f"x{i + 1}")
    parts.convolution(x, "output", own.head)
    signal = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, "samples"]) for name in ("input", "output")]
    made = helper.make_graph(
        parts.nodes, "wavenet", [signal[0], *parts.states], [signal[1], *parts.next_states], parts.initializers
    )
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(made, opset_imports=[opset], producer_name="nasamp", ir_version=IR_VERSION)
    facts = {"sample_rate": sample_rate, "receptive_field": net.receptive_field}
    helper.set_model_props(model, {key: str(value) for key, value in facts.items()})
    return model


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


class _Parts:
    """The parts of a graph while it is built."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self.states: list[Any] = []
        self.next_states: list[Any] = []

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def convolution(self, x: str, output: str, weights: Weights, dilation: int = 1) -> str:
        names = [f"{output}.weight", f"{output}.bias"]
        for name, values in zip(names, weights, strict=True):
            if values is not None:
                self.constant(name, values.detach().numpy())
        return self.node("Conv", [x, *names], output, dilations=[dilation])

    def remembered(self, x: str, i: int, channels: int, samples: int) -> str:
        """Return the signal with the state before it, and make its last samples the next state."""
        if not samples:
            return x
        shape = [1, channels, samples]
        self.states.append(helper.make_tensor_value_info(f"state_{i}", TensorProto.FLOAT, shape))
        self.next_states.append(helper.make_tensor_value_info(f"next_state_{i}", TensorProto.FLOAT, shape))
        seen = self.node("Concat", [f"state_{i}", x], f"seen{i}", axis=2)
        places = [
            self.constant(f"{name}{i}", np.array([value]))
            for name, value in (("start", -samples), ("end", np.iinfo(np.int64).max), ("axis", 2))
        ]
        self.node("Slice", [seen, *places], f"next_state_{i}")
        return seen

    def constant(self, name: str, values: NDArray[Any]) -> str:
        self.initializers.append(numpy_helper.from_array(values, name))
        return name
