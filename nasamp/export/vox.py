"""The JSON of the Neural Vox Modeler."""

import json
import re
from pathlib import Path
from typing import Any

from torch import Tensor

from nasamp import architecture
from nasamp.atomic import write_text
from nasamp.errors import ExportError
from nasamp.models import WaveNet


def document(net: WaveNet, *, name: str, sample_rate: int) -> dict[str, Any]:
    """Return the file's content; weights are lists also for one channel, where the plugin crashes on scalars.

    Raises:
        ExportError: for a network that is not causal, which the plugin refuses.
    """
    if not net.causal:
        raise ExportError(f"{name}: the Neural Vox Modeler plays causal models only; train with model.causal=true")
    field = net.receptive_field
    return {
        "model_info": {
            "name": re.sub(r"[^\w .+-]+", "_", name),
            "version": "1.0.0",
            "architecture": "WaveNet",
            "causal": True,
            "sample_rate": sample_rate,
            "receptive_field": field,
            "latency_ms": round(architecture.latency_ms(field, sample_rate), 2),
        },
        "architecture": {
            "channels": net.channels,
            "num_layers": net.layers,
            "kernel_size": net.kernel_size,
            "dilation_base": net.dilation_base,
            "dilations": list(net.dilations),
        },
        "weights": {
            "input_conv": {"weight": _flat(net.input_conv.weight), "bias": _flat(net.input_conv.bias)},
            "residual_blocks": [
                {"layer": i, "dilation": dilation, "conv_weight": conv.weight.tolist(), "conv_bias": _flat(conv.bias)}  # type: ignore[operator, arg-type]
                for i, (conv, dilation) in enumerate(zip(net.blocks, net.dilations, strict=True))
            ],
            "output_conv": {"weight": _flat(net.output_conv.weight), "bias": _flat(net.output_conv.bias)},
        },
    }


def write(path: Path, net: WaveNet, *, sample_rate: int) -> None:
    """Write the file; its name without the ending becomes the model's name."""
    write_text(path, json.dumps(document(net, name=path.stem, sample_rate=sample_rate), indent=2))


def _flat(values: Tensor | None) -> list[float]:
    return [] if values is None else values.detach().flatten().tolist()
