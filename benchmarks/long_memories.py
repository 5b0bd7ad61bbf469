"""Training of long memories, beside the recipes: python benchmarks/long_memories.py FOLDER SEED [SEED ...].

FOLDER holds a folder for each recording, with input.flac and output.flac; two virtual devices are added. Six members of
NAM's family and two plain stacks are trained for 1,000 steps by fast and deep, with every seed. Then, on three of the
recordings with the first seed, two members by deep with one thing changed, and by deep for other lengths.
long_memories.csv in the current folder keeps what is trained, so the same command goes on, and several processes share
the work.
"""

import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from trials import Way, config, decaying, devices, muon, recordings, report, run

from nasamp.architecture import convolutions
from nasamp.audio.recording import Recording
from nasamp.models import WaveNet
from nasamp.models.layer import by_array, network_output
from nasamp.models.network import matrices
from nasamp.training.batches import Crops, signals_of
from nasamp.training.optimizers import Flat, MuonWithAdam

STEPS, LENGTHS = 1000, (250, 4000)
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
OF_CHANGES = ["C8 K6, seven twice", "L8 C16 K3"]
RECORDINGS_OF_CHANGES = ["mesa_crunch", "ts9_overdrive", "muff"]


def of_roles(*roles: str) -> Callable[[WaveNet], Iterable[Tensor]]:
    """Return what takes the weights of some roles out of a network."""

    def taken(net: WaveNet) -> list[Tensor]:
        weights = [module.weight for module in net.modules() if isinstance(module, torch.nn.Conv1d)]
        return [each for form, each in zip(convolutions(net.architecture), weights, strict=True) if form.role in roles]

    return taken


class Carried:
    """Streams that continue from step to step: their layers' memories are kept, so that no context is computed.

    Gradients end where a step began. In turns each stream starts anew, after ``LAST`` steps, elsewhere in the training
    part; a pass without gradients over true context then fills its memories.
    """

    LAST = 8  # steps

    def __init__(self, net: WaveNet, recording: Recording, draw: torch.Generator) -> None:
        self._net, self._part, self._draw = net, recording.split.train, draw
        self._input, self._target = signals_of(recording, net.context)
        self._starts: list[int] = []

    def __call__(self, batch: int, samples: int) -> tuple[Tensor, Tensor]:
        """Return the predictions of the streams for their next samples, and the targets."""
        if not self._starts:
            self._starts, self._left = [0] * batch, [i * self.LAST // batch for i in range(batch)]
            self._begin(list(range(batch)), samples)
        self._begin([i for i, left in enumerate(self._left) if left == 0], samples)
        context = self._net.context[0]
        x = torch.stack([self._input[start + context : start + context + samples] for start in self._starts])
        target = torch.stack([self._target[start : start + samples] for start in self._starts])
        prediction, self._memories = self._run(x[:, None], self._memories)
        self._starts = [start + samples for start in self._starts]
        self._left = [left - 1 for left in self._left]
        return prediction[:, 0], target

    @torch.no_grad()
    def _begin(self, streams: list[int], samples: int) -> None:
        if not streams:
            return
        places = Crops((self._input, self._target), self._part, samples=samples * self.LAST, hop=1, keep_rest=False)
        drawn = torch.randint(len(places), (len(streams),), generator=self._draw).tolist()
        starts = [places._span(index)[0] for index in drawn]
        context = torch.stack([self._input[start : start + self._net.context[0]] for start in starts])
        _, fresh = self._run(context[:, None], None)
        if len(streams) == len(self._starts):
            self._memories = fresh
        else:
            for memory, new in zip(self._memories, fresh, strict=True):
                memory[streams] = new
            for stream in streams:
                self._left[stream] = self.LAST
        for stream, start in zip(streams, starts, strict=True):
            self._starts[stream] = start

    def _run(self, x: Tensor, memories: list[Tensor] | None) -> tuple[Tensor, list[Tensor]]:
        kept: list[Tensor] = []

        def extended(signal: Tensor, past: int, _: int) -> Tensor:
            before = memories[len(kept)] if memories else signal.new_zeros(*signal.shape[:2], past)
            joined = torch.cat([before, signal], dim=-1)
            kept.append(joined[..., joined.shape[-1] - past :].detach().clone())
            return joined

        form = self._net.architecture
        return network_output(form, by_array(form, self._net.weights), x, extended), kept


def over_recording(prediction: Tensor, target: Tensor, energy: float) -> Tensor:
    """Return the squared error over the mean square of the whole training part."""
    return (prediction - target).square().mean() / energy


FAST = Way(muon(), of_roles("hidden"))
DEEP = Way(muon(adam=0.001), matrices, WaveNet.zero_head, partial(decaying, decay=0.5))


class Decayed(MuonWithAdam):
    """Muon with Adam, and matrices that shrink by 0.01 times Muon's rate in each step."""

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Make one step."""
        for group in self.param_groups[1:]:
            for matrices_ in group["params"]:
                matrices_.mul_(1 - 0.01 * group["lr"])
        return super().step(closure)


def decayed(weights: Flat) -> torch.optim.Optimizer:
    """Return the optimizer of deep, with a weight decay."""
    return Decayed(weights.matrices, weights.rest, muon_rate=0.02, adam_rate=0.001, momentum=0.9)


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
    "deep, weight decay 0.01": replace(DEEP, optimizer=decayed),
    "deep, rates fall over the last 30 %": steps(decay=0.3),
    "deep, rates fall over the last 80 %": steps(decay=0.8),
    "deep, 8 x 2,048": steps(samples=2048),
    "deep, 4 x 2,048": steps(batch=4, samples=2048),
    "deep, 16 x 512": steps(batch=16, samples=512),
    "deep, error over the recording's energy": replace(DEEP, loss=over_recording),
    "deep, memories carried from step to step": replace(DEEP, batches=Carried),
}


def of_recipes(table: pd.DataFrame) -> None:
    """Print the errors of deep beside those of fast: geometric means, and the spread over seeds as a factor."""
    heads = ["network", "trainings", "test ESR, fast", "deep", "deep / fast, validation", "test", "worst", "best"]
    heads += ["spread over seeds, fast", "deep"]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    key = ["recording", "seed"]
    for member, own in table.groupby("member", sort=False):
        fast, deep = (own[own["way"] == way].set_index(key)[["val_esr", "test_esr"]] for way in ("fast", "deep"))
        ratios = (deep / fast).dropna()
        means = [np.exp(np.log(each).mean()) for each in (fast.loc[ratios.index], deep.loc[ratios.index], ratios)]
        spreads = [np.exp(np.log(each["test_esr"]).groupby("recording").std().mean()) for each in (fast, deep)]
        cells = [member, str(len(ratios)), *(f"{each['test_esr']:.5f}" for each in means[:2])]
        cells += [f"{each:.2g}" for each in (*means[2], ratios["test_esr"].max(), ratios["test_esr"].min(), *spreads)]
        print(f"| {' | '.join(cells)} |")


def of_lengths(table: pd.DataFrame) -> None:
    """Print the errors by number of steps: geometric means over the recordings."""
    own = table[(table["way"] == "deep") & table["recording"].isin(RECORDINGS_OF_CHANGES)]
    means = own.groupby(["member", "steps"])[["val_esr", "test_esr"]].agg(lambda errors: np.exp(np.log(errors).mean()))
    print(f"\n{means.unstack('steps').to_string(float_format='{:.5f}'.format)}")


def main() -> None:
    """Train what is not trained yet, and print the tables."""
    seeds = list(map(int, sys.argv[2:]))
    heard = [*devices("muff", "screamer"), *recordings(Path(sys.argv[1]))]
    members = {name: config(*words).model.architecture for name, words in MEMBERS.items()}
    kept = Path("long_memories.csv")
    for seed in seeds:
        table = run(kept, {"fast": FAST, "deep": DEEP}, members, heard, [seed], STEPS)
    of_recipes(table[table["steps"] == STEPS])
    few = [each for each in heard if each.name in RECORDINGS_OF_CHANGES]
    table = run(kept, CHANGES, {name: members[name] for name in OF_CHANGES}, few, seeds[:1], STEPS)
    for name in OF_CHANGES:
        print(f"\n{name}")
        own = (table["member"] == name) & (table["seed"] == seeds[0]) & table["recording"].isin(RECORDINGS_OF_CHANGES)
        report(table[own & (table["steps"] == STEPS)], ["fast", "deep", *CHANGES], "deep")
    for steps_ in LENGTHS:
        table = run(kept, {"deep": DEEP}, {name: members[name] for name in OF_CHANGES}, few, seeds[:1], steps_)
    of_lengths(table[(table["seed"] == seeds[0]) & table["member"].isin(OF_CHANGES)])


if __name__ == "__main__":
    main()
