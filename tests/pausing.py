"""Trainings that wait after a validation, where a test stops them: on a machine of any speed, with few steps left."""

from pathlib import Path

PAUSE = "+callbacks.pause._target_=pause.Pause"
CODE = """
import time
from pathlib import Path

import pytorch_lightning as lightning

class Pause(lightning.Callback):
    def on_train_batch_start(self, trainer, *_):
        while Path("hold").exists() and Path(trainer.default_root_dir, "last.ckpt").exists():
            time.sleep(0.02)
"""


def hold(folder: Path) -> Path:
    """Return a file of a command's folder: while it is there, jobs with PAUSE train no further than one validation."""
    (folder / "pause.py").write_text(CODE)
    (folder / "hold").touch()
    return folder / "hold"
