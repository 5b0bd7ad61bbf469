"""The engines that can be benchmarked: which are installed, and their versions. No torch.

``torch`` is PyTorch block by block. ``onnxruntime`` is the engine on PyPI that comes closest to a plugin's C++.
``nam-wasm`` is the engine of Neural Amp Modeler, compiled to WebAssembly, in node.
"""

from importlib.metadata import version
from importlib.util import find_spec
from typing import Literal, get_args

from nasamp.errors import ConfigError

Engine = Literal["torch", "onnxruntime", "nam-wasm"]
ENGINES: tuple[Engine, ...] = get_args(Engine)


def chosen(name: str) -> Engine:
    """Return the engine for a value of ``benchmark.engine``; ``auto`` is onnxruntime if it is installed, else torch.

    Raises:
        ConfigError: if the engine is not installed.
    """
    if name == "auto":
        return "torch" if missing("onnxruntime") else "onnxruntime"
    engine = next(engine for engine in ENGINES if engine == name)
    if reason := missing(engine):
        raise ConfigError(f"benchmark.engine={name}: {reason}")
    return engine


def missing(engine: Engine) -> str:
    """Return what has to be installed for an engine, as a message; empty if nothing is missing."""
    if engine == "onnxruntime" and not (find_spec("onnxruntime") and find_spec("onnx")):
        return "onnx and onnxruntime are not installed: pip install 'nasamp[onnx]'"
    if engine == "nam-wasm":
        from nasamp.benchmark import nam_wasm  # imports NumPy, which a dry run does not need

        return nam_wasm.missing()
    return ""


def described(engine: Engine) -> str:
    """Return engine, version and threads, as shown beside every measurement."""
    if engine == "nam-wasm":
        from nasamp.benchmark import nam_wasm

        return f"{nam_wasm.version()}, 1 thread"
    return f"{'PyTorch streaming' if engine == 'torch' else engine} {version(engine)}, 1 thread"
