"""Settings of the model files, and of the CPU benchmark."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from nasamp.schema.keys import Says


@dataclass(frozen=True)
class Export:
    """Which model files are written, and their metadata."""

    onnx: Annotated[bool, Says("whether an ONNX file is written too")]
    clip_seconds: Annotated[float, Says("s of the test part to keep for listening", 0, 60)]
    name: Annotated[str | None, Says("name shown in the plugin")]
    modeled_by: Annotated[str | None, Says("who made the capture")]
    gear_type: Annotated[
        Literal["amp", "pedal", "pedal_amp", "amp_cab", "amp_pedal_cab", "preamp", "studio"] | None,
        Says("kind of gear"),
    ]
    gear_make: Annotated[str | None, Says("maker of the gear")]
    gear_model: Annotated[str | None, Says("model of the gear")]
    tone_type: Annotated[Literal["clean", "overdrive", "crunch", "hi_gain", "fuzz"] | None, Says("kind of tone")]
    input_level_dbu: Annotated[float | None, Says("dBu at the gear's input that is 0 dBFS", -100, 100)]
    output_level_dbu: Annotated[float | None, Says("dBu at the gear's output that is 0 dBFS", -100, 100)]


@dataclass(frozen=True)
class Benchmark:
    """How the speed of a model is measured."""

    engine: Annotated[Literal["auto", "torch", "onnxruntime", "nam-wasm"], Says("engine that runs the model")]
    blocks: Annotated[list[Any], Says("samples per block")]
    seconds: Annotated[float, Says("s of audio for each block size", 0.05, 600)]

    def problem(self) -> str | None:
        """Return why the settings contradict each other, or None."""
        for block in self.blocks:
            if type(block) is not int or not 1 <= block <= 65_536:
                return f"benchmark.blocks: {block} must be a whole number from 1 to 65,536"
        return None if self.blocks else "benchmark.blocks: must hold at least one size"
