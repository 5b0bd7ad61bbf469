"""The quantities that nasamp measures: column in tables, key in W&B, label, unit and better direction.

The names are an API, used by callbacks, W&B, CSV files, plots and users' scripts.
"""

from dataclasses import dataclass
from typing import Literal

Better = Literal["lower", "higher"]


@dataclass(frozen=True)
class Quantity:
    """One column; ``better`` is None where a number is neither good nor bad."""

    column: str
    key: str
    label: str
    unit: str = ""
    better: Better | None = None
    style: str = ""  # format specification, such as ",d" or ".4f"

    @property
    def axis(self) -> str:
        """Return the text for the axis of a plot."""
        return f"{self.label} [{self.unit}]" if self.unit else self.label


def _speed(block: int, end: str) -> tuple[Quantity, ...]:
    """Return the benchmark's quantities at one block size; ``end`` is the columns' suffix, empty for the main size."""
    at = f" at block {block}" if end else ""
    measures = {"mean": "mean", "p50": "median", "p99": "99th percentile", "max": "slowest block"}
    factors = (
        Quantity(f"rtf_{name}{end}", f"benchmark/rtf_{name}{end}", f"real-time factor{at}, {words}", "", "lower", ".4f")
        for name, words in measures.items()
    )
    misses = Quantity(
        f"deadline_misses{end}",
        f"benchmark/deadline_misses{end}",
        f"blocks past their deadline{at}",
        "",
        "lower",
        ".2%",
    )
    return (*factors, misses)


_ALL = (
    Quantity("id", "id", "id"),
    Quantity("name", "name", "name"),
    Quantity("phase", "phase", "phase"),
    Quantity("recording", "recording", "recording"),
    Quantity("seed", "seed", "seed"),
    Quantity("status", "status", "status"),
    Quantity("architecture", "architecture", "architecture"),
    Quantity("layers", "layers", "layers"),
    Quantity("channels", "channels", "channels"),
    Quantity("kernel_size", "kernel_size", "kernel size", "samples"),
    Quantity("dilation_base", "dilation_base", "dilation base"),
    Quantity("parameters", "parameters", "parameters", "", "lower", ",d"),
    Quantity("macs_per_sample", "macs_per_sample", "MACs per sample", "", "lower", ",d"),
    Quantity("cost_nam", "cost_nam", "cost in NAM's engine", "times A1 standard", "lower", ".3g"),
    Quantity("tanh_per_sample", "tanh_per_sample", "tanh per sample", "", "lower", ",d"),
    Quantity("state_bytes", "state_bytes", "memory kept between blocks", "bytes", "lower", ",d"),
    Quantity("nam_bytes", "nam_bytes", "size of the .nam, by formula", "bytes", "lower", ",d"),
    Quantity("receptive_field", "receptive_field", "receptive field", "samples", None, ",d"),
    Quantity("latency_ms", "latency_ms", "receptive field (latency_ms)", "ms", "lower", ".2f"),
    Quantity("val_loss", "val/loss", "validation loss", "", "lower", ".4g"),
    Quantity("val_esr", "val/esr", "validation ESR", "", "lower", ".4g"),
    Quantity("val_esr_db", "val/esr_db", "validation ESR", "dB", "lower", ".2f"),
    Quantity("val_mrstft", "val/mrstft", "validation MR-STFT", "", "lower", ".4g"),
    Quantity("val_mae", "val/mae", "validation MAE", "", "lower", ".4g"),
    Quantity("best_epoch", "best_epoch", "best epoch"),
    Quantity("epochs", "epochs", "epochs trained"),
    Quantity("training_seconds", "training_seconds", "training time", "s", None, ",.1f"),
    *_speed(512, ""),
    *_speed(64, "_64"),
    *_speed(128, "_128"),
    Quantity("rtf_engine", "benchmark/engine", "engine of the real-time factor"),
    Quantity("rtf_machine", "benchmark/machine", "machine of the real-time factor"),
    Quantity("realtime_capable", "benchmark/realtime_capable", "runs in real time"),
    Quantity(
        "algorithmic_latency_samples",
        "benchmark/algorithmic_latency_samples",
        "delay of the model",
        "samples",
        "lower",
        ",d",
    ),
    Quantity("block_latency_ms", "benchmark/block_latency_ms", "delay of a block of the host", "ms", None, ".2f"),
    Quantity("checkpoint", "checkpoint", "checkpoint"),
    Quantity("vox_json", "vox_json", "Vox JSON"),
    Quantity("nam", "nam", ".nam"),
    Quantity("onnx", "onnx", "ONNX"),
    Quantity("val_esr_pre_emphasised", "val/esr_pre_emphasised", "validation ESR, pre-emphasised", "", "lower", ".4g"),
    Quantity("val_dc", "val/dc", "validation DC error", "", "lower", ".4g"),
    Quantity("val_si_sdr_db", "val/si_sdr_db", "validation SI-SDR", "dB", "higher", ".2f"),
    Quantity("test_esr", "test/esr", "test ESR", "", "lower", ".4g"),
    Quantity("test_esr_db", "test/esr_db", "test ESR", "dB", "lower", ".2f"),
    Quantity("test_mrstft", "test/mrstft", "test MR-STFT", "", "lower", ".4g"),
    Quantity("test_mae", "test/mae", "test MAE", "", "lower", ".4g"),
    Quantity("test_esr_pre_emphasised", "test/esr_pre_emphasised", "test ESR, pre-emphasised", "", "lower", ".4g"),
    Quantity("test_esr_a_weighted", "test/esr_a_weighted", "test ESR, A-weighted", "", "lower", ".4g"),
    Quantity("test_dc", "test/dc", "test DC error", "", "lower", ".4g"),
    Quantity("test_si_sdr_db", "test/si_sdr_db", "test SI-SDR", "dB", "higher", ".2f"),
    Quantity("test_loudness_difference_lu", "test/loudness_difference_lu", "test loudness", "LU", None, "+.2f"),
    Quantity("aliasing_db", "aliasing_db", "aliasing, worst note", "dB", "lower", ".1f"),
)

QUANTITIES: dict[str, Quantity] = {quantity.column: quantity for quantity in _ALL}
FILES = ("checkpoint", "vox_json", "nam", "onnx")  # paths from the search's folder
WHOLE = ("id", "seed", "layers", "channels", "kernel_size", "dilation_base", "best_epoch", "epochs")  # integers
MEASURED: tuple[str, ...] = tuple(quantity.column for quantity in _ALL if quantity.style)
DESCRIBING = ("candidate", "identity", "machine", "error", "details", "wandb", "group", "job")  # other columns
REALTIME_LIMIT = 0.8  # of rtf_mean, at block 512: a plugin shares its core with the host
COLUMNS: tuple[str, ...] = tuple(QUANTITIES)
OBJECTIVES: tuple[str, ...] = tuple(  # without test metrics: they must not be used for selection
    quantity.column for quantity in _ALL if quantity.better and not quantity.key.startswith("test/")
)


def of(column: str, better: Better | None = None) -> Quantity:
    """Return the quantity of a column; a user's own column gets its name as label, and the given direction."""
    if column in QUANTITIES:
        return QUANTITIES[column]
    return Quantity(column, column, column.replace("_", " "), "", better, ".4g")


def objective(written: str) -> tuple[str, Better]:
    """Return the column and the better direction of an objective, written as ``column`` or ``column:higher``.

    The direction is needed for a column that has none; for a user's own column the default is lower.

    >>> objective("val_esr_db"), objective("gain:higher"), objective("gain")
    (('val_esr_db', 'lower'), ('gain', 'higher'), ('gain', 'lower'))

    Raises:
        ValueError: where the column cannot be an objective, or the direction contradicts the column's.
    """
    column, _, end = written.rpartition(":")
    better: Better | None = "lower" if end == "lower" else "higher" if end == "higher" else None
    column = column if column and better else written
    known = QUANTITIES.get(column)
    if known is None:
        return column, better or "lower"
    if known.key.startswith("test/"):
        raise ValueError(f"{column}: the test part is not for selection; use {column.replace('test_', 'val_', 1)}")
    if not (known.style or column in WHOLE):
        raise ValueError(f"{column}: is not a number")
    if better is None and known.better is None:
        raise ValueError(f"{column}: has no better direction; write {column}:lower or {column}:higher")
    if better and known.better and better != known.better:
        raise ValueError(f"{written}: for {column}, {known.better} is better")
    return column, better or known.better or "lower"
