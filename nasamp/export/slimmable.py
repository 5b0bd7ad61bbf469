"""Several .nam models in one file: NAM's SlimmableContainer; the plugin's slim knob chooses one. No torch."""

from collections.abc import Mapping, Sequence
from typing import Any

from nasamp.errors import ExportError
from nasamp.export.document import Node


def container(models: Sequence[Mapping[str, Any]], *, name: str) -> dict[str, Any]:
    """Return the content of a container of .nam files.

    The knob goes from 0 to 1, in equal ranges for the models. A plugin opens the file with the knob at 0, so loudness
    and gain of the file are those of the first model; each model keeps its own metadata too. An engine without the knob
    plays the last model.

    Args:
        models: contents of .nam files, the cheapest first.
        name: shown in the plugin.

    Raises:
        ExportError: without a model, or for models of different sample rates.
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
    """Return the content of a .nam, for a container.

    Raises:
        ExportError: if it is a container, or not a .nam.
    """
    if file.content.get("architecture") != "WaveNet":
        file.refuse(f"architecture {str(file.content.get('architecture'))[:40]}; a container holds single WaveNets")
    if not isinstance(file.content.get("version"), str) or not isinstance(file.content.get("weights"), list):
        file.refuse("not a .nam with a version and weights")
    file.child("config")
    file.child("metadata")
    file.sample_rate()
    return dict(file.content)


def names(content: Mapping[str, Any]) -> list[str]:
    """Return the names of the models in the content of a container; empty if it is not one that ``container`` made."""
    try:
        return [str(part["model"]["metadata"]["name"]) for part in content["config"]["submodels"]]
    except (KeyError, TypeError):
        return []
