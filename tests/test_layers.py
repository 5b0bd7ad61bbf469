"""Each layer may import only what stands left of it (ARCHITECTURE.md)."""

import ast
import graphlib
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = [
    {"errors", "quantities", "atomic", "step_memory", "tables"},
    {"architecture"},
    {"schema"},
    {"audio"},
    {"models", "losses", "metrics"},
    {"training"},
    {"benchmark", "export", "cost"},
    {"callbacks"},
    {"tracking"},
    {"search"},
    {"pareto", "check", "render", "status"},
    {"app", "command_line"},
    {"__main__"},
]
ONLY_IN = {
    "pytorch_lightning": {"training", "callbacks", "app"},
    "hydra": {"search", "hydra_plugins", "command_line", "app", "__main__"},
    "omegaconf": {"schema", "search", "hydra_plugins", "command_line", "app", "__main__"},
    "wandb": {"tracking"},
    "torch": {"models", "losses", "metrics", "training", "benchmark", "export", "callbacks", "render", "app"},
}
FILES = sorted(path for part in ("nasamp", "callbacks") for path in (ROOT / part).rglob("*.py"))


def layer_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    if parts[0] == "callbacks" or path.stem == "__main__":
        return "callbacks" if parts[0] == "callbacks" else "__main__"
    return parts[1]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "nasamp":
            yield from (f"nasamp.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def rank(layer: str) -> int:
    return next(i for i, names in enumerate(LAYERS) if layer in names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_from_its_own_layer_or_the_left(path):
    layer = layer_of(path)
    if layer == "__init__":
        return
    for name in imports(path):
        if name.startswith("nasamp."):
            assert rank(name.split(".")[1]) <= rank(layer), name
        assert not (name.split(".")[0] == "callbacks" and layer != "callbacks"), name


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def test_no_modules_import_each_other_in_a_circle():
    modules = {module_of(path): path for path in FILES}
    graph = {name: set(imported(path, modules)) - {name} for name, path in modules.items()}
    graphlib.TopologicalSorter(graph).prepare()


def imported(path: Path, modules: Collection[str]) -> Iterator[str]:
    """Yield the modules of ours that a module imports, also inside of a function."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in modules else node.module for name in names if node.module in modules)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_framework_stays_in_its_layers(path):
    for name in imports(path):
        allowed = ONLY_IN.get(name.split(".")[0])
        assert allowed is None or layer_of(path) in allowed, name
