"""Optimizers and schedules beside those of the recipe fast: python benchmarks/optimizers.py FOLDER SEED [SEED ...].

Needs pip install pytorch_optimizer schedulefree. FOLDER holds a folder for each recording, with input.flac and
output.flac. Each way trains L5 C16, L6 C16 and L8 C32 on each recording with as many samples as phase quick of fast,
1,000 steps of 8 x 1,024, by the project's network, loss, crops, average and rates, and says its errors beside those of
fast on the same recording, shape and seed: their geometric mean, 1 is equal, more is worse. optimizers.csv in the
current folder keeps what is trained, so the same command goes on.
"""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import torch
from pytorch_optimizer import SOAP, ScalableShampoo
from schedulefree import AdamWScheduleFree
from torch import nn
from trials import WARMUP, Step, Way, decaying, muon, recordings, report, run

from nasamp.architecture import stack
from nasamp.models.network import matrices
from nasamp.training.optimizers import Flat, warmup_stable_decay

MEMBERS = {f"L{layers} C{channels}": stack(layers, channels, 3) for layers, channels in [(5, 16), (6, 16), (8, 32)]}
STEPS, DECAY = 1000, 0.3


def one_by_one(weights: Flat) -> list[nn.Parameter]:
    """Return the matrices as parameters of their own, views as before, then the rest."""
    parameters = []
    for group in weights.matrices:
        for matrix, gradient in zip(group.data, group.grad, strict=True):
            parameters.append(nn.Parameter(matrix))
            parameters[-1].grad = gradient
    return [*parameters, weights.rest]


def soap(rate: float) -> Callable[[Flat], torch.optim.Optimizer]:
    """Return a maker of SOAP (Vyas et al. 2024)."""
    return lambda weights: SOAP(one_by_one(weights), lr=rate, weight_decay=0.0, precondition_frequency=10)


def shampoo(rate: float) -> Callable[[Flat], torch.optim.Optimizer]:
    """Return a maker of Shampoo with the step sizes of Adam (Gupta et al. 2018, Anil et al. 2020)."""
    return lambda weights: ScalableShampoo(
        one_by_one(weights), lr=rate, start_preconditioning_step=20, preconditioning_compute_steps=10, graft_type=4
    )


def schedule_free(rate: float) -> Callable[[Flat], torch.optim.Optimizer]:
    """Return a maker of AdamW without a schedule (Defazio et al. 2024)."""
    return lambda weights: AdamWScheduleFree(weights.parameters, lr=rate, warmup_steps=WARMUP)


def level(steps: int) -> Iterator[Step]:
    """Yield steps at a constant rate."""
    for _ in range(steps):
        yield 8, 1024, 1.0


def growing(steps: int, *, with_decay: bool) -> Iterator[Step]:
    """Yield steps whose batch doubles twice over the last part, with or without a falling rate as well."""
    done, stable = 0, steps * (1 - DECAY)
    while done < steps:
        times = 1 if done < stable else 2 if done < (stable + steps) / 2 else 4
        share = warmup_stable_decay(done, steps=steps, warmup=WARMUP, decay=round(steps * DECAY) if with_decay else 0)
        yield 8 * times, 1024, share
        done += times


def longer(steps: int) -> Iterator[Step]:
    """Yield steps whose segments grow from 256 to 4,096 samples, of one number of samples."""
    for step, (_, _, share) in enumerate(decaying(steps)):
        samples = 256 * 4 ** (3 * step // steps)
        yield 8 * 1024 // samples, samples, share


def way(optimizer: Callable[[Flat], torch.optim.Optimizer], steps: Callable[[int], Iterator[Step]] = decaying) -> Way:
    """Return a way for plain stacks, with PyTorch's initial weights."""
    return Way(optimizer, matrices, steps=steps)


WAYS = {
    "fast": way(muon()),
    "SOAP, rate 0.003": way(soap(0.003)),
    "SOAP, rate 0.01": way(soap(0.01)),
    "Shampoo, rate 0.003": way(shampoo(0.003)),
    "Shampoo, rate 0.01": way(shampoo(0.01)),
    "schedule-free AdamW, rate 0.01": way(schedule_free(0.01), level),
    "schedule-free AdamW, rate 0.03": way(schedule_free(0.03), level),
    "Muon, batch grows to 32 instead of a falling rate": way(muon(), partial(growing, with_decay=False)),
    "Muon, batch grows to 32 while the rate falls": way(muon(), partial(growing, with_decay=True)),
    "Muon, segments grow from 256 to 4,096": way(muon(), longer),
    "Muon, 2 x 4,096": way(muon(), partial(decaying, batch=2, samples=4096)),
    "Muon, 32 x 256": way(muon(), partial(decaying, batch=32, samples=256)),
}


def main() -> None:
    """Train what is not trained yet, and print the table."""
    seeds = list(map(int, sys.argv[2:]))
    kept = run(Path("optimizers.csv"), WAYS, MEMBERS, recordings(Path(sys.argv[1])), seeds, STEPS)
    report(kept, WAYS, "fast")


if __name__ == "__main__":
    main()
