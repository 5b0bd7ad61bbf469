"""Model files of the best checkpoint."""

from pathlib import Path
from typing import Any

import pytorch_lightning as lightning

from callbacks.best import best_network, is_skipped
from nasamp.export import vox


class VoxJsonExport(lightning.Callback):
    """Write the Neural Vox Modeler's JSON into the job's folder, under the job's name."""

    def __init__(self, *, enabled: bool) -> None:
        """Say whether anything is written."""
        self._enabled = enabled
        self.result: dict[str, Any] = {}

    def on_fit_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Write the best checkpoint."""
        if not self._enabled or is_skipped("the Vox JSON", net := best_network(trainer, pl_module)):
            return
        folder = Path(trainer.default_root_dir)
        path = folder / f"{folder.name}.json"
        vox.write(path, net, sample_rate=trainer.datamodule.recording.sample_rate)  # type: ignore[attr-defined]
        self.result["vox_json"] = str(path)
