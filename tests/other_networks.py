"""The formulas of the networks that NAM's engine plays and nasamp does not, in NumPy: the truth for tests."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from nasamp.models.layer import ACTIVATIONS

Signal = np.ndarray
Tanh = Callable[[Signal], Signal]


def fast_tanh(x: Signal) -> Signal:
    """Return tanh as NAM's engine approximates it."""
    return ACTIVATIONS["Fasttanh"](torch.from_numpy(np.asarray(x))).numpy()


class Taken:
    """Weights in the order of the file, taken in pieces."""

    def __init__(self, weights: Any) -> None:
        """Start at the first weight."""
        self._left = np.asarray(weights, dtype=np.float64)

    def __call__(self, *shape: int) -> Signal:
        """Return the next weights in this shape."""
        count = int(np.prod(shape))
        found, self._left = self._left[:count].reshape(shape), self._left[count:]
        return found


def lstm(config: dict[str, Any], weights: Any, signal: Signal, tanh: Tanh) -> Signal:
    """Return the output of an LSTM, from its first state on, shape (samples,)."""
    take, size, cells = Taken(weights), config["hidden_size"], []
    for layer in range(config["num_layers"]):
        inputs = size if layer else 1
        cells.append([take(4 * size, inputs + size), take(4 * size), take(size), take(size)])
    head, bias = take(size), take(1)
    output = []
    for x in signal:
        inside = np.array([x], dtype=np.float64)
        for cell in cells:
            matrix, offset, h, c = cell
            i, f, g, o = np.split(matrix @ np.concatenate([inside, h]) + offset, 4)
            cell[3] = _sigmoid(f, tanh) * c + _sigmoid(i, tanh) * tanh(g)
            cell[2] = inside = _sigmoid(o, tanh) * tanh(cell[3])
        output.append(head @ inside + bias[0])
    return np.array(output)


def _sigmoid(x: Signal, tanh: Tanh) -> Signal:
    return 0.5 * (tanh(0.5 * x) + 1)


def conv_net(config: dict[str, Any], weights: Any, signal: Signal, tanh: Tanh) -> Signal:
    """Return the output of a ConvNet of Tanh after endless silence, shape (samples,)."""
    take, size, dilations = Taken(weights), config["channels"], config["dilations"]
    h = np.concatenate([np.zeros(sum(dilations)), signal])[None]
    for dilation in dilations:
        kernel = take(size, len(h), 2)
        h = np.einsum("oi,is->os", kernel[..., 0], h[:, :-dilation]) + kernel[..., 1] @ h[:, dilation:]
        if config["batchnorm"]:
            mean, variance, scale, shift, epsilon = *(take(size, 1) for _ in range(4)), take(1)
            h = (h - mean) / np.sqrt(variance + epsilon) * scale + shift
        else:
            h = h + take(size, 1)
        h = tanh(h)
    return take(size) @ h + take(1)


FORMULAS = {"LSTM": lstm, "ConvNet": conv_net}
