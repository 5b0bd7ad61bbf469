"""Writes the model files of a trained network."""

import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from callbacks.streamable import streamable
from nasamp.architecture import Architecture
from nasamp.benchmark import engines
from nasamp.errors import ConfigError
from nasamp.export import nam, nam_metadata, vox
from nasamp.export.scale import folded
from nasamp.models import WaveNet
from nasamp.training.best import AfterTraining, Trained

log = logging.getLogger(__name__)


class _FileExport(AfterTraining):
    """Write one file into the job's folder, under the job's name."""

    column: str
    ending: str

    def __init__(self, *, enabled: bool) -> None:
        """Store whether the file is written."""
        super().__init__()
        self._enabled = enabled

    def on_trained(self, trained: Trained) -> None:
        """Write the network, adapted to the level of the recording."""
        if not self._enabled or not (net := streamable(trained.net, self.ending)):
            return
        if reason := self._unsupported(net.architecture):
            log.info("%s skipped: %s", self.ending, reason)
            return
        folder = trained.folder
        path = folder / f"{folder.name}{self.ending}"
        self._write(path, folded(net, trained.recording.scale), trained)
        self.result[self.column] = path.relative_to(folder.parents[1]).as_posix()  # a search's folder may be moved

    def _unsupported(self, architecture: Architecture) -> str:
        """Return why the file cannot hold an architecture; empty if it can."""
        return ""

    def _write(self, path: Path, net: WaveNet, trained: Trained) -> None:
        raise NotImplementedError


class VoxJsonExport(_FileExport):
    """Write the Neural Vox Modeler's JSON."""

    column, ending = "vox_json", ".json"

    def _unsupported(self, architecture: Architecture) -> str:
        return vox.unsupported(architecture)

    def _write(self, path: Path, net: WaveNet, trained: Trained) -> None:
        vox.write(path, net, sample_rate=trained.recording.sample_rate)


class NamExport(_FileExport):
    """Write Neural Amp Modeler's .nam."""

    column, ending = "nam", ".nam"

    def __init__(self, *, enabled: bool, labels: Mapping[str, Any]) -> None:
        """Store whether the file is written, and the labels of conf/export."""
        super().__init__(enabled=enabled)
        self._labels = labels

    def _write(self, path: Path, net: WaveNet, trained: Trained) -> None:
        recording = trained.recording
        training = nam_metadata.training(
            validation_esr=trained.validation["val/esr"],
            checks_passed=not recording.warnings,
            delay=None if recording.lag is None else recording.delay + recording.lag,
        )
        metadata = nam_metadata.metadata(
            net,
            name=self._labels["name"] or f"{recording.name} {path.stem}",
            labels=self._labels,
            training=training,
            now=datetime.now(),
        )
        nam.write(path, net, sample_rate=recording.sample_rate, metadata=metadata)


class OnnxExport(_FileExport):
    """Write an ONNX graph with explicit states, if export.onnx asks for one."""

    column, ending = "onnx", ".onnx"

    def __init__(self, *, enabled: bool, wanted: bool) -> None:
        """Raise ConfigError, before anything is trained, if the file cannot be written."""
        super().__init__(enabled=enabled and wanted)
        if wanted and (reason := engines.missing("onnxruntime")):
            raise ConfigError(f"export.onnx=true: {reason}")

    def _write(self, path: Path, net: WaveNet, trained: Trained) -> None:
        from nasamp.export import onnx

        onnx.write(path, net, sample_rate=trained.recording.sample_rate)
