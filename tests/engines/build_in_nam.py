"""Builds networks with NAM's own trainer, exports and plays them, in the environment of neural-amp-modeler.

python build_in_nam.py FOLDER: for each network NAME.nam is written, and input.npy becomes NAME.npy. The weights are
random: only the trainer's classes are of interest. The trainer of 0.13.0 has A2 as its only architecture, in one packed
network; A1 is described as earlier versions did (get_wavenet_config in nam/train/core.py).
"""

import json
import sys
from importlib import resources
from pathlib import Path

import numpy as np
import torch
from nam.models import LSTM, ConvNet, WaveNet
from nam.models.base import BaseNet
from nam.models.wavenet import PackedWaveNet

RATE = 48_000
TEN = [2**i for i in range(10)]
EARLY, LATE = [2**i for i in range(7)], [128, 256, 512, *TEN]


def a1(first: int, second: int, dilations: tuple[list[int], list[int]]) -> WaveNet:
    layers = [
        {
            "input_size": inputs,
            "condition_size": 1,
            "channels": channels,
            "head": {"out_channels": outputs, "kernel_size": 1, "bias": is_last},
            "kernel_size": 3,
            "dilations": steps,
            "activation": "Tanh",
        }
        for inputs, channels, outputs, steps, is_last in zip(
            (1, first), (first, second), (second, 1), dilations, (False, True), strict=True
        )
    ]
    return WaveNet.init_from_config({"layers_configs": layers, "head_scale": 0.02, "sample_rate": RATE})


def a2() -> PackedWaveNet:
    text = resources.files("nam.train._resources").joinpath("config_model_packed.json").read_text()
    return PackedWaveNet.init_from_config(json.loads(text)["net"]["config"] | {"sample_rate": RATE})


def unmeasured(net: BaseNet) -> float:
    """Return a gain without measuring it, which takes most of the time; play_in_nam.py measures."""
    return 0.5


def save(folder: Path, name: str, net: torch.nn.Module, signal: torch.Tensor) -> None:
    net.eval().export(folder, basename=name)
    with torch.no_grad():
        np.save(folder / f"{name}.npy", net(signal, pad_start=net.pad_start_default)[0].numpy())


BaseNet._metadata_gain = unmeasured
folder = Path(sys.argv[1])
signal = torch.from_numpy(np.load(folder / "input.npy"))[None]
torch.manual_seed(0)
networks = {
    "a1_standard": a1(16, 8, (TEN, TEN)),
    "a1_lite": a1(12, 6, (EARLY, LATE)),
    "a1_feather": a1(8, 4, (EARLY, LATE)),
    "a1_nano": a1(4, 2, (EARLY, LATE)),
    "lstm": LSTM(hidden_size=8, num_layers=2, sample_rate=RATE),
    "conv_net": ConvNet.init_from_config(
        {"channels": 6, "dilations": EARLY, "batchnorm": True, "activation": "Tanh", "sample_rate": RATE}
    ),
}
packed = a2()
for net in networks.values():
    with torch.no_grad():
        for weights in net.parameters():
            weights *= 1.5  # so that activations saturate
        for buffer in net.buffers():
            if buffer.shape and buffer.dtype == torch.float32:
                buffer += torch.rand_like(buffer)  # the statistics of a batchnorm
networks |= {name: packed.extract_submodel(i) for i, name in enumerate(("a2_lite", "a2_full"))}
for name, net in networks.items():
    save(folder, name, net, signal)
save(folder, "a2_packed", packed, signal)
