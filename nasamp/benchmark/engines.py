"""The engines that can be measured: which are installed, in which version. No torch.

``torch`` is PyTorch block by block; ``onnxruntime`` the installable engine that comes nearest to a plugin's C++;
``nam-wasm`` the engine of the Neural Amp Modeler itself, compiled to WebAssembly, in node.
"""

from importlib.metadata import version
from importlib.util import find_spec
from typing import Literal, get_args

from nasamp.benchmark import nam_wasm
from nasamp.errors import ConfigError

Engine = Literal["torch", "onnxruntime", "nam-wasm"]
ENGINES: tuple[Engine, ...] = get_args(Engine)


def chosen(name: str) -> Engine:
    """Return the engine of ``benchmark.engine``; ``auto`` is onnxruntime where it is installed, else torch.

    Raises:
        ConfigError: says what is not installed.
    """
    if name == "auto":
        return "torch" if missing("onnxruntime") else "onnxruntime"
    engine = next(engine for engine in ENGINES if engine == name)
    if reason := missing(engine):
        raise ConfigError(f"benchmark.engine={name}: {reason}")
    return engine


def missing(engine: Engine) -> str:
    """Return what is not installed; empty where the engine can run."""
    if engine == "onnxruntime" and not (find_spec("onnxruntime") and find_spec("onnx")):
        return "onnx and onnxruntime are not installed: pip install 'nasamp[onnx]'"
    return nam_wasm.missing() if engine == "nam-wasm" else ""


def described(engine: Engine) -> str:
    """Return what stands beside every number: engine, version, threads."""
    names = {
        "torch": lambda: f"PyTorch {version('torch')} streaming",
        "onnxruntime": lambda: f"onnxruntime {version('onnxruntime')}",
        "nam-wasm": nam_wasm.version,
    }
    return f"{names[engine]()}, 1 thread"
