"""What a .nam of file version 0.7.0 means, read from its JSON alone and computed in NumPy in float64: the slow twin."""

from typing import Any

import numpy as np
from other_networks import Taken

Signal = np.ndarray

ACTIVATIONS = {
    "Tanh": np.tanh,
    "Hardtanh": lambda z: np.clip(z, -1, 1),
    "ReLU": lambda z: np.maximum(z, 0),
    "Sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "SiLU": lambda z: z / (1 + np.exp(-z)),
    "Hardswish": lambda z: z * np.clip(z + 3, 0, 6) / 6,
    "Softsign": lambda z: z / (1 + np.abs(z)),
}


def play(content: dict[str, Any], signal: Signal) -> Signal:
    """Return the output for a signal after silence, shape (samples,)."""
    take, config = Taken(content["weights"]), content["config"]
    silence = sum(map(_memory, config["layers"]))
    x = np.concatenate([np.zeros(silence), signal])[None].astype(np.float64)
    h, head = x, np.zeros(())
    for array in config["layers"]:
        h, head = _array(array, take, h, x, head)
    return (head * take(1))[0, silence:]


def _memory(array: dict[str, Any]) -> int:
    taps = zip(array["kernel_sizes"], array["dilations"], strict=True)
    return sum((kernel - 1) * dilation for kernel, dilation in taps) + array["head"]["kernel_size"] - 1


def _array(array: dict[str, Any], take: Taken, h: Signal, x: Signal, head: Signal) -> tuple[Signal, Signal]:
    channels, inside = array["channels"], array["bottleneck"]
    h = take(channels, len(h)) @ h
    each = (array[key] for key in ("kernel_sizes", "dilations", "activation", "gating_mode", "secondary_activation"))
    for kernel, dilation, first, mode, second in zip(*each, strict=True):
        rows = inside if mode == "none" else 2 * inside
        z = _convolved(take(rows, channels, kernel), h, dilation) + take(rows, 1)
        z = z + take(rows, 1) @ x
        z = _gated(z[:inside], z[inside:], first, mode, second)
        head = head + z
        if array["layer1x1"]["groups"] == 1:
            h = h + take(channels, inside) @ z + take(channels, 1)
        else:
            h = h + take(channels, 1) * z + take(channels, 1)
    size = array["head"]
    output = _convolved(take(size["out_channels"], inside, size["kernel_size"]), head, 1)
    return h, output + take(size["out_channels"], 1) if size["bias"] else output


def _gated(a: Signal, b: Signal, first: Any, mode: str, second: Any) -> Signal:
    z = _activated(first, a)
    if mode == "none":
        return z
    share = _activated(second, b)
    return share * z if mode == "gated" else share * z + (1 - share) * a


def _activated(words: Any, z: Signal) -> Signal:
    if isinstance(words, dict):
        return np.where(z > 0, z, words["negative_slope"] * z)  # LeakyReLU
    return ACTIVATIONS[words](z)


def _convolved(weight: Signal, h: Signal, dilation: int) -> Signal:
    """Return a causal convolution; before its start the signal is taken to be constant."""
    kernel, samples = weight.shape[-1], h.shape[-1]
    output = np.zeros((len(weight), samples))
    for tap in range(kernel):
        delay = (kernel - 1 - tap) * dilation
        past = np.repeat(h[:, :1], min(delay, samples), axis=1)
        output += weight[..., tap] @ np.concatenate([past, h[:, : samples - past.shape[1]]], axis=1)
    return output
