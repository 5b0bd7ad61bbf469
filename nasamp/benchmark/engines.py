"""The engines that can be measured: which are installed, in which version. No torch.

``torch`` is PyTorch block by block; ``onnxruntime`` the installable engine that comes nearest to a plugin's C++;
``nam-wasm`` the engine of the Neural Amp Modeler itself, compiled to WebAssembly, in node.
"""

from importlib.metadata import version
from importlib.util import find_spec
from typing import Literal, get_args

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
    if engine == "nam-wasm":
        from nasamp.benchmark import nam_wasm  # NumPy, which a dry run does without

        return nam_wasm.missing()
    return ""


def described(engine: Engine) -> str:
    """Return what stands beside every number: engine, version, threads."""
    if engine == "nam-wasm":
        from nasamp.benchmark import nam_wasm

        return f"{nam_wasm.version()}, 1 thread"
    return f"{'PyTorch streaming' if engine == 'torch' else engine} {version(engine)}, 1 thread"
