"""How far gradients in single precision are from float64: python benchmarks/exactness.py [SHAPES].

Random shapes, white noise through the network and white noise as the gradient from behind: the hardest case, since all
sums nearly cancel. For each shape the largest ||g - g64|| / ||g64|| of its tensors, by PyTorch in float32 and fused.
"""

import copy
import random
import sys

import numpy as np
import torch
from torch import Tensor

from nasamp.architecture import stack
from nasamp.models import WaveNet
from nasamp.models.eager import eager
from nasamp.models.fused import fused

SHAPES, SEQUENCES, SAMPLES = 200, 4, 8192
LIMIT = 1e-5


def gradients(compute, net: WaveNet, x: Tensor, dy: Tensor) -> list[Tensor]:
    """Return those of all weights."""
    net.zero_grad()
    compute(net.architecture, net.weights, x, 0).backward(dy)
    return [weights.grad.double() for weights in net.parameters()]


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    distances = {"PyTorch": [], "fused": []}
    for seed in range(int(sys.argv[1]) if len(sys.argv) > 1 else SHAPES):
        draw = random.Random(seed)  # noqa: S311
        torch.manual_seed(seed)
        net = WaveNet(stack(layers=draw.randint(1, 10), channels=draw.choice([1, 2, 4, 8, 16, 24, 32]), kernel_size=3))
        x, dy = torch.randn(2, SEQUENCES, 1, SAMPLES)
        true = gradients(eager, copy.deepcopy(net).double(), x.double(), dy.double())
        for name, compute in (("PyTorch", eager), ("fused", fused)):
            found = gradients(compute, net, x, dy)
            distances[name].append(max(float((a - b).norm() / b.norm()) for a, b in zip(found, true, strict=True)))
    print(f"| float32 | median | 90 % | largest | above {LIMIT:.0e} |\n|---|---|---|---|---|")
    for name, found in distances.items():
        middle, most = np.quantile(found, (0.5, 0.9))
        print(f"| {name} | {middle:.1e} | {most:.1e} | {max(found):.1e} | {np.mean(np.array(found) > LIMIT):.1%} |")


if __name__ == "__main__":
    main()
