"""nasamp as a library: costs of architectures, training by hand, and the front of a table.

Usage: python examples/library.py [STEPS]
"""

import itertools
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from nasamp import architecture, losses
from nasamp.architecture import stack
from nasamp.audio import synthetic
from nasamp.audio.files import header
from nasamp.export import vox
from nasamp.models import WaveNet
from nasamp.pareto.front import front


def costs() -> pd.DataFrame:
    """Return a table of the costs of a grid of architectures."""
    rows = []
    for layers, channels in itertools.product([5, 6, 7, 8], [8, 16, 24, 32]):
        sizes = architecture.counts(architecture.stack(layers, channels, kernel_size=3))
        rows.append({"layers": layers, "channels": channels, **sizes._asdict()})
    return pd.DataFrame(rows)


def trained(net: WaveNet, dry: torch.Tensor, wet: torch.Tensor, steps: int) -> float:
    """Train a network on random pieces; return the mean ESR of the last ten steps."""
    optimizer, seen = torch.optim.Adam(net.parameters(), 0.005), []
    left, _ = net.context
    for _ in range(steps):
        starts = torch.randint(left, len(dry) - 2048, (8,)).tolist()
        x = torch.stack([dry[start - left : start + 2048] for start in starts])[:, None]
        target = torch.stack([wet[start : start + 2048] for start in starts])
        optimizer.zero_grad()
        loss = losses.esr(net(x)[:, 0, left:], target)
        loss.backward()
        optimizer.step()
        seen.append(loss.item())
    return float(np.mean(seen[-10:]))


def main() -> None:
    """Train every second architecture briefly and print which ones are on the front."""
    import soundfile

    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    paths = synthetic.recording("screamer", 10.0, 44_100, Path("audio"))
    dry, wet = (torch.from_numpy(soundfile.read(path, dtype="float32")[0]) for path in paths)
    table = costs().iloc[::2].reset_index(drop=True)
    torch.manual_seed(0)
    for row in table.itertuples():
        net = WaveNet(stack(layers=row.layers, channels=row.channels, kernel_size=3))
        table.loc[row.Index, "esr"] = trained(net, dry, wet, steps)
    table["on_front"] = front(table[["esr", "macs_per_sample"]].to_numpy(float), ["lower", "lower"])
    print(table.sort_values("macs_per_sample").to_string(index=False))
    vox.write(Path("last.json"), net, sample_rate=44_100)
    print(f"wrote last.json; sample rate {header(paths[0])[0]:,} Hz")


if __name__ == "__main__":
    main()
