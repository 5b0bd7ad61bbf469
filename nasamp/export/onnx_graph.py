"""A network as an ONNX graph that processes one block: the state goes in and comes out as tensors."""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from nasamp.architecture import Activation, Layer, LayerArray
from nasamp.errors import ExportError
from nasamp.models import WaveNet
from nasamp.models.layer import ArrayWeights, LayerWeights, Weights, by_array

OPSET = 17
IR_VERSION = 8  # of the file format; the version that came with this opset, so that older runtimes can load it


def graph(net: WaveNet, *, sample_rate: int) -> onnx.ModelProto:
    """Return the ONNX model of a network.

    Raises:
        ExportError: for a network that is not causal, or with an activation that ONNX does not have.
    """
    if not net.causal:
        raise ExportError("ONNX: only a causal model can be played block by block; train with model.causal=true")
    parts = _Parts()
    x, output, arrays = "input", "", net.architecture.arrays
    for place, (array, own) in enumerate(zip(arrays, by_array(net.architecture, net.weights), strict=True)):
        is_last = place == len(arrays) - 1
        to = "output" if is_last and net.architecture.head_scale == 1 else f"head{place}"
        x, output = parts.array(array, own, x, output, to, f"array{place}." if len(arrays) > 1 else "")
    if output != "output":
        scale = parts.constant("head_scale", np.array(net.architecture.head_scale, np.float32))
        parts.node("Mul", [output, scale], "output")
    signal = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, "samples"]) for name in ("input", "output")]
    made = helper.make_graph(
        parts.nodes, "wavenet", [signal[0], *parts.states], [signal[1], *parts.next_states], parts.initializers
    )
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(made, opset_imports=[opset], producer_name="nasamp", ir_version=IR_VERSION)
    facts = {"sample_rate": sample_rate, "receptive_field": net.receptive_field}
    helper.set_model_props(model, {key: str(value) for key, value in facts.items()})
    return model


class _Parts:
    """The parts of a graph while it is built."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self.states: list[Any] = []
        self.next_states: list[Any] = []
        self._remembered = 0  # signals with a past so far, with or without a state

    def array(self, array: LayerArray, own: ArrayWeights, x: str, before: str, to: str, prefix: str) -> tuple[str, str]:
        """Add a layer array; return its last ``h`` and its output, ``to``. ``before`` is the output of the last one."""
        x = self.convolution(x, f"{prefix}x0", own.input)
        terms = [each for each in (x if array.head_takes_input else "", before) if each]
        is_sum = array.residual == "identity" and terms == [x]  # then h is the skip sum
        for i, (form, weights) in enumerate(zip(array.layers, own.layers, strict=True)):
            seen = self.remembered(x, array.channels, (form.kernel_size - 1) * form.dilation)
            z = self.convolution(seen, f"{prefix}z{i}", weights.hidden, form.dilation)
            if weights.mixin is not None:
                mixed = self.convolution("input", f"{prefix}mixin{i}", (weights.mixin, None))
                z = self.node("Add", [z, mixed], f"{prefix}mixed{i}")
            z = self.activated(form, z, array.bottleneck, f"{prefix}{i}")
            terms.append(z)
            if weights.residual is not None:
                z = self.convolution(z, f"{prefix}residual{i}", weights.residual, group=_groups(weights, array))
            x = self.node("Add", [x, z], f"{prefix}x{i + 1}")
        skip_sum = x if is_sum else self.node("Sum", terms, f"{prefix}skip_sum")
        seen = self.remembered(skip_sum, array.bottleneck, array.head.kernel_size - 1)
        return x, self.convolution(seen, to, own.head)

    def activated(self, form: Layer, z: str, channels: int, name: str) -> str:
        """Return the activation of what a layer's convolution and mixin give."""
        if form.secondary_activation is None:
            return self.function(form.activation, z, name)
        sizes = self.constant(f"sizes{name}", np.array([channels, channels]))
        halves = [f"first{name}", f"second{name}"]
        self.nodes.append(helper.make_node("Split", [z, sizes], halves, axis=1))
        share = self.function(form.secondary_activation, halves[1], f"share{name}")
        active = self.function(form.activation, halves[0], f"active{name}")
        if form.gating == "gated":
            return self.node("Mul", [active, share], f"gated{name}")
        added = self.node("Sub", [active, halves[0]], f"added{name}")  # p f(a) + (1 - p) a = a + p (f(a) - a)
        return self.node("Add", [halves[0], self.node("Mul", [added, share], f"shared{name}")], f"blended{name}")

    def function(self, activation: Activation, z: str, name: str) -> str:
        """Return an activation of a signal."""
        match activation.name:
            case "Hardtanh":
                ends = [
                    self.constant(f"{end}{name}", np.array(at, np.float32)) for end, at in (("low", -1), ("high", 1))
                ]
                return self.node("Clip", [z, *ends], f"clip{name}")
            case "LeakyReLU":
                return self.node("LeakyRelu", [z], f"leaky{name}", alpha=activation.parameters[0])
            case "SiLU":
                return self.node("Mul", [z, self.node("Sigmoid", [z], f"sigmoid{name}")], f"silu{name}")
            case "Tanh" | "Sigmoid" | "Softsign":
                return self.node(activation.name, [z], f"{activation.name.lower()}{name}")
            case "ReLU" | "Hardswish":
                return self.node({"ReLU": "Relu", "Hardswish": "HardSwish"}[activation.name], [z], f"active{name}")
        raise ExportError(f"ONNX: has no activation {activation.name}")

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def convolution(self, x: str, output: str, weights: Weights, dilation: int = 1, **attributes: int) -> str:
        names = [f"{output}.weight", f"{output}.bias"][: 1 if weights[1] is None else 2]
        for name, values in zip(names, weights, strict=False):
            if values is not None:
                self.constant(name, values.detach().numpy())
        return self.node("Conv", [x, *names], output, dilations=[dilation], **attributes)

    def remembered(self, x: str, channels: int, samples: int) -> str:
        """Return the signal with the state before it, and make its last samples the next state."""
        i, self._remembered = self._remembered, self._remembered + 1
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


def _groups(weights: LayerWeights, array: LayerArray) -> int:
    return array.channels if weights.residual is not None and weights.residual[0].shape[1] < array.bottleneck else 1
