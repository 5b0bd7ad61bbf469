"""Training of long memories, beside the recipes: python benchmarks/long_memories.py FOLDER SEED [SEED ...].

FOLDER holds a folder for each recording, with input.flac and output.flac; two virtual devices are added. Six members of
NAM's family and two plain stacks are trained for STEPS steps (environment; 1,000), by fast and deep with every seed, by
deep with one thing changed on three members, three recordings and the first seed. long_memories.csv in the current
folder keeps what is trained, so the same command goes on, and several processes share the work.
"""

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor
from trials import Way, config, decaying, devices, muon, recordings, report, run

from nasamp.architecture import convolutions
from nasamp.models import WaveNet
from nasamp.models.network import matrices

STEPS = int(os.environ.get("STEPS", "1000"))
SEVEN = ["model.dilations=[1,3,7,17,41,101,239]", "model.kernel_size=6", "model.mixin=true"]
SEVEN += ["model.residual=dense", "model.head_kernel_size=16"]
MEMBERS = {
    "A2 full": ["model=a2_full"],
    "A2 lite, Tanh": ["model=a2_lite", "model.activation=Tanh"],
    "A1 standard": ["model=a1_standard"],
    "C8 K6, seven twice": ["model.channels=8", "model.layers=14", *SEVEN],
    "C12 K3, eight twice": ["model.channels=12", "model.layers=16", "model.dilation_cycle=8"],
    "C4 K6, seven three times": ["model.channels=4", "model.layers=21", *SEVEN],
    "L8 C16 K3": ["model.layers=8", "model.channels=16"],
    "L5 C16 K3": ["model.layers=5", "model.channels=16"],
}
OF_CHANGES = ["A2 full", "C8 K6, seven twice", "L8 C16 K3"]
RECORDINGS_OF_CHANGES = ["mesa_crunch", "ts9_overdrive", "muff"]


def of_roles(*roles: str) -> Callable[[WaveNet], Iterable[Tensor]]:
    """Return what takes the weights of some roles out of a network."""

    def taken(net: WaveNet) -> list[Tensor]:
        weights = [module.weight for module in net.modules() if isinstance(module, torch.nn.Conv1d)]
        return [each for form, each in zip(convolutions(net.architecture), weights, strict=True) if form.role in roles]

    return taken


def over_recording(prediction: Tensor, target: Tensor, energy: float) -> Tensor:
    """Return the squared error over the mean square of the whole training part."""
    return (prediction - target).square().mean() / energy


FAST = Way(muon(), of_roles("hidden"))
DEEP = Way(muon(adam=0.001), matrices, WaveNet.zero_head, partial(decaying, decay=0.5))


def steps(**changed: float) -> Way:
    """Return deep with other steps."""
    return replace(DEEP, steps=partial(decaying, **({"decay": 0.5} | changed)))


CHANGES = {
    "deep, PyTorch's initial head": replace(DEEP, begin=lambda net: None),
    "deep, Adam for the dense 1x1": replace(DEEP, weights=of_roles("hidden")),
    "deep, Adam's rate 0.01": replace(DEEP, optimizer=muon(adam=0.01)),
    "deep, Adam's rate 0.003": replace(DEEP, optimizer=muon(adam=0.003)),
    "deep, Muon's rate 0.01": replace(DEEP, optimizer=muon(rate=0.01, adam=0.001)),
    "deep, Muon's rate 0.03": replace(DEEP, optimizer=muon(rate=0.03, adam=0.001)),
    "deep, momentum 0.95": replace(DEEP, optimizer=muon(adam=0.001, momentum=0.95)),
    "deep, rates fall over the last 30 %": steps(decay=0.3),
    "deep, rates fall over the last 80 %": steps(decay=0.8),
    "deep, 8 x 2,048": steps(samples=2048),
    "deep, 4 x 2,048": steps(batch=4, samples=2048),
    "deep, 16 x 512": steps(batch=16, samples=512),
    "deep, error over the recording's energy": replace(DEEP, loss=over_recording),
}


def main() -> None:
    """Train what is not trained yet, and print both tables."""
    seeds = list(map(int, sys.argv[2:]))
    heard = [*devices("muff", "screamer"), *recordings(Path(sys.argv[1]))]
    members = {name: config(*words).model.architecture for name, words in MEMBERS.items()}
    kept = Path("long_memories.csv")
    for seed in seeds:
        table = run(kept, {"fast": FAST, "deep": DEEP}, members, heard, [seed], STEPS)
    for name in members:
        print(f"\n{name}")
        report(table[table["member"] == name], ["fast", "deep"], "fast")
    few = [each for each in heard if each.name in RECORDINGS_OF_CHANGES]
    table = run(kept, CHANGES, {name: members[name] for name in OF_CHANGES}, few, seeds[:1], STEPS)
    for name in OF_CHANGES:
        print(f"\n{name}")
        own = (table["member"] == name) & (table["seed"] == seeds[0]) & table["recording"].isin(RECORDINGS_OF_CHANGES)
        report(table[own], ["fast", "deep", *CHANGES], "deep")


if __name__ == "__main__":
    main()
