"""Plays .nam files with the Python package neural-amp-modeler, in that package's own environment.

python play_in_nam.py FOLDER: for each *.nam in it, input.npy becomes NAME.npy, and NAME.json gets the loudness and the
gain that NAM's trainer would write.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from nam.models import init_from_nam

folder = Path(sys.argv[1])
signal = torch.from_numpy(np.load(folder / "input.npy"))[None]
for path in sorted(folder.glob("*.nam")):
    model = init_from_nam(json.loads(path.read_text())).eval()
    with torch.no_grad():
        np.save(path.with_suffix(".npy"), model(signal, pad_start=True)[0].numpy())
        measured = {"loudness": model._metadata_loudness(), "gain": float(model._metadata_gain())}
    path.with_suffix(".json").write_text(json.dumps(measured))
