"""Optimizers and schedules beside those of the recipe fast: python benchmarks/optimizers.py FOLDER SEED [SEED ...].

Needs pip install pytorch_optimizer schedulefree. FOLDER holds a folder for each recording, with input.flac and
output.flac. Each way trains L5 C16, L6 C16 and L8 C32 on each recording with as many samples as phase quick of fast,
1,000 steps of 8 x 1,024, by the project's network, loss, crops, average and rates, and says its errors beside those of
fast on the same recording, shape and seed: their geometric mean, 1 is equal, more is worse. optimizers.csv in the
current folder keeps what is trained, so the same command goes on.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from hydra import compose, initialize_config_dir
from pytorch_optimizer import SOAP, ScalableShampoo
from schedulefree import AdamWScheduleFree
from torch import Tensor, nn

from nasamp import losses
from nasamp.architecture import stack
from nasamp.audio import recording as audio
from nasamp.audio.recording import Recording
from nasamp.audio.split import Parts
from nasamp.metrics.accumulate import PooledEsr
from nasamp.models import WaveNet
from nasamp.models.network import hidden, in_context
from nasamp.schema import Config
from nasamp.schema.checking import check
from nasamp.training.batches import SCORED_SAMPLES, Crops, signals_of
from nasamp.training.optimizers import Average, Flat, MuonWithAdam, warmup_stable_decay

CONF = Path(__file__).parents[1] / "conf"
SHAPES = [(5, 16), (6, 16), (8, 32)]
STEPS, BATCH, SAMPLES, WARMUP, DECAY, KEEP = 1000, 8, 1024, 20, 0.3, 0.99
KEPT = Path("optimizers.csv")
KEY = ["recording", "layers", "channels", "seed"]
Batch = tuple[int, int, float]  # segments, samples of each, share of the learning rate


def muon(weights: Flat) -> torch.optim.Optimizer:
    """Return what fast has."""
    return MuonWithAdam(weights.matrices, weights.rest, muon_rate=0.02, adam_rate=0.01, momentum=0.9)


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


def decaying(batch: int = BATCH, samples: int = SAMPLES) -> Iterator[Batch]:
    """Yield the steps of fast: small ones of one size, at a rate that falls at the end."""
    for step in range(STEPS):
        yield batch, samples, warmup_stable_decay(step, steps=STEPS, warmup=WARMUP, decay=round(STEPS * DECAY))


def level() -> Iterator[Batch]:
    """Yield steps at a level rate."""
    for _ in range(STEPS):
        yield BATCH, SAMPLES, 1.0


def growing(with_decay: bool) -> Iterator[Batch]:
    """Yield steps whose batch doubles twice over the last part, with or without a falling rate as well."""
    done, stable = 0, STEPS * (1 - DECAY)
    while done < STEPS:
        times = 1 if done < stable else 2 if done < (stable + STEPS) / 2 else 4
        share = warmup_stable_decay(done, steps=STEPS, warmup=WARMUP, decay=round(STEPS * DECAY) if with_decay else 0)
        yield BATCH * times, SAMPLES, share
        done += times


def longer() -> Iterator[Batch]:
    """Yield steps whose segments grow from 256 to 4,096 samples, of one number of samples."""
    for step, (_, _, share) in enumerate(decaying()):
        samples = 256 * 4 ** (3 * step // STEPS)
        yield BATCH * SAMPLES // samples, samples, share


@dataclass(frozen=True)
class Way:
    """How a network is trained: an optimizer over its weights, and its steps."""

    optimizer: Callable[[Flat], torch.optim.Optimizer]
    steps: Callable[[], Iterator[Batch]] = decaying


WAYS = {
    "fast": Way(muon),
    "SOAP, rate 0.003": Way(soap(0.003)),
    "SOAP, rate 0.01": Way(soap(0.01)),
    "Shampoo, rate 0.003": Way(shampoo(0.003)),
    "Shampoo, rate 0.01": Way(shampoo(0.01)),
    "schedule-free AdamW, rate 0.01": Way(schedule_free(0.01), level),
    "schedule-free AdamW, rate 0.03": Way(schedule_free(0.03), level),
    "Muon, batch grows to 32 instead of a falling rate": Way(muon, lambda: growing(with_decay=False)),
    "Muon, batch grows to 32 while the rate falls": Way(muon, lambda: growing(with_decay=True)),
    "Muon, segments grow from 256 to 4,096": Way(muon, longer),
    "Muon, 2 x 4,096": Way(muon, lambda: decaying(2, 4096)),
    "Muon, 32 x 256": Way(muon, lambda: decaying(32, 256)),
}


def train(way: Way, recording: Recording, shape: tuple[int, int], seed: int) -> dict[str, float]:
    """Return the errors on validation and test."""
    torch.manual_seed(seed)
    net = WaveNet(stack(layers=shape[0], channels=shape[1], kernel_size=3), implementation="auto")
    signals = signals_of(recording, net.context)
    weights = Flat(net, hidden(net))
    weights.zero_grad()
    optimizer = way.optimizer(weights)
    average = Average(weights.weights, KEEP)
    draw = torch.Generator().manual_seed(seed)
    rates = [group["lr"] for group in optimizer.param_groups]
    is_free = isinstance(optimizer, AdamWScheduleFree)
    if is_free:
        optimizer.train()
    for step, (batch, samples, share) in enumerate(way.steps()):
        crops = Crops(signals, recording.split.train, samples=samples, hop=1, keep_rest=False)
        x, target = crops.__getitems__(torch.randint(len(crops), (batch,), generator=draw).tolist())
        weights.zero_grad()
        losses.esr(in_context(net, x)[:, 0], target[:, 0]).backward()
        if not is_free:
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * share
        optimizer.step()
        average.update(step + 1)
    if is_free:
        optimizer.eval()  # it averages by itself
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


def recordings(folder: Path) -> list[Recording]:
    """Return all recordings of a folder, read as a search reads them."""
    found = []
    with initialize_config_dir(str(CONF), version_base=None):
        for path in sorted(folder.glob("*/input.flac")):
            files = [f"data.input={path.resolve()}", f"data.output={path.resolve().with_name('output.flac')}"]
            cfg = compose("config", ["data=recording", f"data.name={path.parent.name}", *files])
            found.append(audio.load(check(cfg, Config).data))
    return found


def report(kept: pd.DataFrame) -> None:
    """Print the errors of each way against those of fast."""
    base = kept[kept["way"] == "fast"].set_index(KEY)[["val_esr", "test_esr"]]
    print("| way | trainings | validation ESR | test ESR |\n|---|---|---|---|")
    for way in WAYS:
        ratios = (kept[kept["way"] == way].set_index(KEY)[["val_esr", "test_esr"]] / base).dropna()
        means = np.exp(np.log(ratios).mean())
        print(f"| {way} | {len(ratios)} | {' | '.join(f'{mean:.2f}' for mean in means)} |")


def main() -> None:
    """Train what is not trained yet, and print the table."""
    torch.set_num_threads(1)
    kept = pd.read_csv(KEPT) if KEPT.exists() else pd.DataFrame(columns=["way", *KEY, "val_esr", "test_esr"])
    done = set(kept[["way", *KEY]].itertuples(index=False, name=None))
    heard = recordings(Path(sys.argv[1]))
    for seed in map(int, sys.argv[2:]):
        for recording in heard:
            for layers, channels in SHAPES:
                for name, way in WAYS.items():
                    key = (name, recording.name, layers, channels, seed)
                    if key in done:
                        continue
                    errors = train(way, recording, (layers, channels), seed)
                    kept.loc[len(kept)] = [*key, errors["val_esr"], errors["test_esr"]]
                    kept.to_csv(KEPT, index=False)
                    print(*key, errors, file=sys.stderr, flush=True)
    report(kept)


if __name__ == "__main__":
    main()
