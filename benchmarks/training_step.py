"""CPU time of one training step, the original's loop against ours: python benchmarks/training_step.py [ROUNDS].

The original's loop is written down here from its description: 48 segments of 8,192 samples, cut once from float64
arrays and shuffled by a DataLoader, convolutions on inputs padded with zeros, Adam 0.003 with weight decay, the norm
clipped at 1, ReduceLROnPlateau, the loss read at each step. Ours makes the same step, with true context instead of
zeros. Every measurement is a process of its own with the allocator that the system brings and one thread; the ways
take turns, and the best step counts, in user + system time.
"""

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS, STEPS = 3, 4
SHAPES = [(5, 16), (8, 24), (8, 32)]
BATCH, SAMPLES, KERNEL = 48, 8192, 3
SECONDS, RATE = 180, 44_100
WAYS = {
    "original": "the original's loop",
    "torch": "PyTorch, a few sequences at a time",
    "recomputed": "fused, nothing kept",
    "fused": "fused",
}


def cpu_seconds() -> float:
    """Return user + system time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def recording():
    """Return noise and what a tube might make of it, float64, shape (samples,)."""
    import numpy as np

    dry = np.random.default_rng(0).normal(0, 0.2, SECONDS * RATE)
    return dry, np.tanh(3 * dry)


def original(layers: int, channels: int):
    """Yield after each step of the original's loop."""
    import torch
    from torch import nn
    from torch.nn import functional
    from torch.utils.data import DataLoader, Dataset

    class Block(nn.Module):
        def __init__(self, dilation):
            super().__init__()
            self.past, self.conv = (KERNEL - 1) * dilation, nn.Conv1d(channels, channels, KERNEL, dilation=dilation)

        def forward(self, x):
            return x + torch.tanh(self.conv(functional.pad(x, (self.past, 0))))

    class Segments(Dataset):
        def __init__(self):
            self.pair = recording()

        def __len__(self):
            return len(self.pair[0]) // SAMPLES

        def __getitem__(self, i):
            cut = slice(i * SAMPLES, (i + 1) * SAMPLES)
            return tuple(torch.tensor(each[cut], dtype=torch.float32)[None] for each in self.pair)

    blocks = [Block(2**i) for i in range(layers)]
    net = nn.Sequential(nn.Conv1d(1, channels, 1), *blocks, nn.Conv1d(channels, 1, 1))
    optimizer = torch.optim.Adam(net.parameters(), 0.003, weight_decay=5e-5)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.7, patience=15, min_lr=1e-6)
    loader = DataLoader(Segments(), BATCH, shuffle=True, drop_last=True)
    total = 0.0
    while True:
        for x, target in loader:
            optimizer.zero_grad()
            loss = (net(x) - target).square().mean() / (target.square().mean() + 1e-8)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            total += loss.item()
            yield
        plateau.step(total)


def ours(layers: int, channels: int, way: str):
    """Yield after each step of ours."""
    import torch

    from nasamp import losses
    from nasamp.architecture import stack
    from nasamp.models import WaveNet
    from nasamp.models.fused import function
    from nasamp.models.network import in_context, matrices
    from nasamp.training.optimizers import Flat

    if way == "recomputed":
        function.KEPT_BYTES = 0
    implementation = "torch" if way == "torch" else "fused"
    net = WaveNet(stack(layers=layers, channels=channels, kernel_size=KERNEL), implementation=implementation)
    context = net.context[0]
    dry, wet = (torch.from_numpy(each).float() for each in recording())
    weights = Flat(net, matrices(net))
    optimizer = torch.optim.Adam(weights.parameters, 0.003, weight_decay=5e-5, fused=True)
    while True:
        starts = (torch.randperm((len(dry) - context) // SAMPLES)[:BATCH] * SAMPLES).tolist()
        x = torch.stack([dry[start : start + context + SAMPLES] for start in starts])[:, None]
        target = torch.stack([wet[start + context : start + context + SAMPLES] for start in starts])
        weights.zero_grad()
        losses.esr(in_context(net, x)[:, 0], target).backward()
        torch.nn.utils.clip_grad_norm_(weights.parameters, 1.0)
        optimizer.step()
        yield


def measure(way: str, layers: int, channels: int) -> None:
    """Print the CPU seconds of the best step in this process, and its peak memory in bytes."""
    import torch

    torch.set_num_threads(1)
    steps = original(layers, channels) if way == "original" else ours(layers, channels, way)
    next(steps)  # the first one brings memory and libraries
    times = []
    for _ in range(STEPS):
        start = cpu_seconds()
        next(steps)
        times.append(cpu_seconds() - start)
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps([min(times), used]))


def peak() -> float:
    """Return the GFLOP/s of multiply-adds on one core, compiled as the fused step is."""
    from nasamp.models.fused import building

    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "peak"
        flags = [flag for flag in building.own_flags() if flag != "-shared"]
        source = Path(__file__).with_name("peak.cpp")
        subprocess.run([*building.compilers()[0], *flags, str(source), "-o", str(program)], check=True)
        return float(subprocess.run([program], check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Measure all ways in turns, and print the table."""
    from nasamp.architecture import counts, stack
    from nasamp.benchmark.machine import machine

    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    found: dict[tuple[str, int, int], list[list[float]]] = {}
    limit = 0.0
    for _ in range(rounds):
        limit = max(limit, peak())
        for layers, channels in SHAPES:
            for way in WAYS:
                command = [sys.executable, __file__, way, str(layers), str(channels)]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                found.setdefault((way, layers, channels), []).append(json.loads(done.stdout))
    print(f"{machine()}, 1 thread, {limit:.0f} GFLOP/s of multiply-adds in registers\n")
    print("| model | implementation | CPU ms per step | times faster | GFLOP/s | of the peak | memory MB |")
    print("|---|---|---|---|---|---|---|")
    for layers, channels in SHAPES:
        flops = 6 * counts(stack(layers, channels, KERNEL)).macs_per_sample * BATCH * SAMPLES
        slowest = min(seconds for seconds, _ in found["original", layers, channels])
        for way, described in WAYS.items():
            results = found[way, layers, channels]
            seconds, used = min(each[0] for each in results), max(each[1] for each in results)
            speed = flops / seconds / 1e9
            cells = [f"L{layers} C{channels}", described, f"{seconds * 1000:.0f}", f"{slowest / seconds:.1f}"]
            cells += [f"{speed:.0f}", f"{speed / limit:.0%}", f"{used / 1e6:.0f}"]
            print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    if len(sys.argv) == 4:
        measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
