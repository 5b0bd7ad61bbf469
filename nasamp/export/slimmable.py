"""Several .nam in one: NAM's SlimmableContainer, whose plugin moves between them with its slim knob. No torch."""

from collections.abc import Mapping, Sequence
from typing import Any

from nasamp.errors import ExportError
from nasamp.export.document import Node


def container(models: Sequence[Mapping[str, Any]], *, name: str) -> dict[str, Any]:
    """Return the content of a file that holds whole .nam files.

    The knob goes from 0 to 1, and each model gets an equal part of it. It stands at 0 when a plugin opens the file, so
    that what the file says of itself, its loudness and gain, is said of the first; each model keeps its own inside. An
    engine without the knob plays the last.

    Args:
        models: contents of .nam files, the cheapest first.
        name: shown in the plugin.

    Raises:
        ExportError: for no model, or models of different sample rates.
    """
    rates = sorted({model["sample_rate"] for model in models})
    if len(rates) != 1:
        raise ExportError(f"{name}: needs models of one sample rate, but found {rates or 'no model'}")
    parts = [{"max_value": (i + 1) / len(models), "model": dict(model)} for i, model in enumerate(models)]
    return {
        "version": models[-1]["version"],
        "metadata": models[0]["metadata"] | {"name": name},
        "architecture": "SlimmableContainer",
        "config": {"submodels": parts},
        "weights": [],
        "sample_rate": rates[0],
    }


def part(file: Node) -> dict[str, Any]:
    """Return the content of a .nam as a container holds it.

    Raises:
        ExportError: for a container, and for what is no .nam.
    """
    if file.content.get("architecture") != "WaveNet":
        file.refuse(f"architecture {str(file.content.get('architecture'))[:40]}; a container holds single WaveNets")
    if not isinstance(file.content.get("version"), str) or not isinstance(file.content.get("weights"), list):
        file.refuse("no .nam with a version and weights")
    file.child("config")
    file.child("metadata")
    file.sample_rate()
    return dict(file.content)


def names(content: Mapping[str, Any]) -> list[str]:
    """Return the names of the models in a file, as far as it is what ``container`` made; empty where it is not."""
    try:
        return [str(part["model"]["metadata"]["name"]) for part in content["config"]["submodels"]]
    except (KeyError, TypeError):
        return []
