"""Trainings of many networks in one process, in a bare loop over the project's network, loss, crops and average.

A table in the current folder keeps each, so the same command goes on; several processes may share it.
"""

import fcntl
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from hydra import compose, initialize_config_dir
from torch import Tensor

from nasamp import losses
from nasamp.architecture import Architecture
from nasamp.audio import recording as audio
from nasamp.audio.recording import Recording
from nasamp.audio.split import Parts
from nasamp.metrics.accumulate import PooledEsr
from nasamp.models import WaveNet
from nasamp.models.network import in_context
from nasamp.schema import Config
from nasamp.schema.checking import check
from nasamp.training.batches import SCORED_SAMPLES, Crops, signals_of
from nasamp.training.optimizers import Average, Flat, MuonWithAdam, warmup_stable_decay

CONF = Path(__file__).parents[1] / "conf"
WARMUP, KEEP = 20, 0.99
KEY = ["way", "recording", "member", "seed", "steps"]
Step = tuple[int, int, float]  # segments, samples of each, share of the learning rate
Loss = Callable[[Tensor, Tensor, float], Tensor]  # of prediction, target, and the mean square of the training part
Batch = tuple[Tensor, Tensor]  # prediction and target, shape (segments, samples)


def decaying(steps: int, batch: int = 8, samples: int = 1024, decay: float = 0.3) -> Iterator[Step]:
    """Yield steps of one size, at a rate that falls at the end."""
    for step in range(steps):
        yield batch, samples, warmup_stable_decay(step, steps=steps, warmup=WARMUP, decay=round(steps * decay))


class Drawn:
    """Segments of the training part, drawn anew for each step, with true context."""

    def __init__(self, net: WaveNet, recording: Recording, draw: torch.Generator) -> None:
        self._net, self._part, self._draw = net, recording.split.train, draw
        self._signals = signals_of(recording, net.context)

    def __call__(self, batch: int, samples: int) -> Batch:
        """Return the next batch."""
        crops = Crops(self._signals, self._part, samples=samples, hop=1, keep_rest=False)
        x, target = crops.__getitems__(torch.randint(len(crops), (batch,), generator=self._draw).tolist())
        return in_context(self._net, x)[:, 0], target[:, 0]


@dataclass(frozen=True)
class Way:
    """How a network is trained: what changes its first weights, an optimizer, its steps, the loss, and the batches."""

    optimizer: Callable[[Flat], torch.optim.Optimizer]
    weights: Callable[[WaveNet], Iterable[Tensor]]  # those for Muon
    begin: Callable[[WaveNet], None] = field(default=lambda net: None)
    steps: Callable[[int], Iterator[Step]] = decaying
    loss: Loss = field(default=lambda prediction, target, energy: losses.esr(prediction, target))
    keep: float = KEEP  # of the average
    batches: Callable[[WaveNet, Recording, torch.Generator], Callable[[int, int], Batch]] = Drawn


def muon(rate: float = 0.02, adam: float = 0.01, momentum: float = 0.9) -> Callable[[Flat], torch.optim.Optimizer]:
    """Return a maker of Muon with Adam."""
    return lambda weights: MuonWithAdam(
        weights.matrices, weights.rest, muon_rate=rate, adam_rate=adam, momentum=momentum
    )


def train(way: Way, recording: Recording, member: Architecture, seed: int, steps: int) -> dict[str, float]:
    """Return the errors on validation and test."""
    torch.manual_seed(seed)
    net = WaveNet(member, implementation="auto")
    way.begin(net)
    signals = signals_of(recording, net.context)
    batches = way.batches(net, recording, torch.Generator().manual_seed(seed))
    weights = Flat(net, way.weights(net))
    weights.zero_grad()
    optimizer = way.optimizer(weights)
    average = Average(weights.weights, way.keep)
    rates = [group["lr"] for group in optimizer.param_groups]
    energy = float(torch.cat([signals[1][piece] for piece in recording.split.train]).square().mean())
    is_free = hasattr(optimizer, "eval")  # schedule-free: it averages by itself
    if is_free:
        optimizer.train()
    for step, (batch, samples, share) in enumerate(way.steps(steps)):
        weights.zero_grad()
        way.loss(*batches(batch, samples), energy).backward()
        if not is_free:
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * share
        optimizer.step()
        average.update(step + 1)
    if is_free:
        optimizer.eval()
    else:
        average.swap()
    parts = {"val_esr": recording.split.validation, "test_esr": recording.split.test}
    return {name: error(net, signals, part) for name, part in parts.items()}


@torch.no_grad()
def error(net: WaveNet, signals: tuple[Tensor, Tensor], part: Parts) -> float:
    """Return the ESR of a part."""
    pieces, pooled = Crops(signals, part, samples=SCORED_SAMPLES, hop=SCORED_SAMPLES, keep_rest=True), PooledEsr()
    for index in range(len(pieces)):
        x, target = pieces[index]
        pooled.update(in_context(net, x), target)
    return float(pooled.compute())


def config(*overrides: str) -> Config:
    """Return the training app's config."""
    with initialize_config_dir(str(CONF), version_base=None):
        return check(compose("config", list(overrides)), Config)


def recordings(folder: Path) -> list[Recording]:
    """Return all recordings of a folder, read as a search reads them."""
    found = []
    for path in sorted(folder.glob("*/input.flac")):
        files = [f"data.input={path.resolve()}", f"data.output={path.resolve().with_name('output.flac')}"]
        found.append(audio.load(config("data=recording", f"data.name={path.parent.name}", *files).data))
    return found


def devices(*names: str) -> list[Recording]:
    """Return 90 s of the built-in guitar through virtual devices."""
    return [audio.load(config(f"data.device={name}", "data.seconds=90", f"data.name={name}").data) for name in names]


def run(
    kept: Path,
    ways: Mapping[str, Way],
    members: Mapping[str, Architecture],
    heard: Sequence[Recording],
    seeds: Sequence[int],
    steps: int,
) -> pd.DataFrame:
    """Train what the table does not hold yet, and return the table."""
    torch.set_num_threads(1)
    for seed in seeds:
        for recording in heard:
            for member, architecture in members.items():
                for name, way in ways.items():
                    key = (name, recording.name, member, seed, steps)
                    with _claimed(kept, key) as is_mine:
                        if is_mine:
                            _add(kept, key, train(way, recording, architecture, seed, steps))
    return pd.read_csv(kept)


@contextmanager
def _claimed(kept: Path, key: tuple) -> Iterator[bool]:
    """Yield whether a training is left to do and no other process does it; while the block runs, none else will."""
    locks = kept.with_suffix(".locks")
    locks.mkdir(exist_ok=True)
    with (locks / "_".join(map(str, key)).replace(" ", "_")).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield not kept.exists() or key not in set(pd.read_csv(kept)[KEY].itertuples(index=False, name=None))


def _add(kept: Path, key: tuple, errors: Mapping[str, float]) -> None:
    row = pd.DataFrame([dict(zip(KEY, key, strict=True)) | dict(errors)])
    with kept.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        row.to_csv(file, index=False, header=not file.tell())
    print(*key, dict(errors), file=sys.stderr, flush=True)


def report(kept: pd.DataFrame, ways: Iterable[str], base: str) -> None:
    """Print the errors of each way beside those of ``base``: geometric means of ratios, and their spread."""
    beside = [column for column in KEY if column != "way"]
    errors = ["val_esr", "test_esr"]
    of_base = kept[kept["way"] == base].set_index(beside)[errors]
    print("| way | trainings | validation ESR | test ESR | worst and best test ESR |\n|---|---|---|---|---|")
    for way in ways:
        ratios = (kept[kept["way"] == way].set_index(beside)[errors] / of_base).dropna()
        if len(ratios):
            means = np.exp(np.log(ratios).mean())
            ends = ratios["test_esr"].max(), ratios["test_esr"].min()
            cells = [way, str(len(ratios)), *(f"{each:.2f}" for each in means), f"{ends[0]:.2f}, {ends[1]:.2f}"]
            print(f"| {' | '.join(cells)} |")
