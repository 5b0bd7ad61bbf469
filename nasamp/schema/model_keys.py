"""The keys of ``conf/model`` that describe a given architecture, and how typed ones compare with it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from nasamp.architecture import Architecture, LayerArray, UnsupportedError, in_nams_words, in_words, stack
from nasamp.schema.keys import leaf_problem, leaves
from nasamp.schema.model import OURS, PLAIN, PLAIN_VALUES, Model

_DILATIONS = ("dilation_base", "dilation_cycle", "dilations")  # together they make one list
_EMPTY: dict[str, Any] = dict.fromkeys(PLAIN[:3]) | {"dilation_base": 2, "causal": True} | PLAIN_VALUES


def of(architecture: Architecture) -> dict[str, Any] | None:
    """Return the keys that describe an architecture, without those that have no effect; None if no keys do.

    Args:
        architecture: causal, with a ``head_scale`` of 1; the config has neither.
    """
    flat = _flat(architecture)
    is_in_range = not any(leaf_problem(key, value, leaves(Model)) for key, value in flat.items())
    if is_in_range and _made(flat) == architecture:
        return flat
    arrays = architecture.arrays
    inputs = [1, *(array.channels for array in arrays)]
    listed = [in_nams_words(array, taken) for array, taken in zip(arrays, inputs, strict=False)]
    residual = "identity" if any(array.residual == "identity" for array in arrays) else "dense"
    keys = {"arrays": listed, "residual": residual, "mixin": arrays[0].mixin, "causal": True}
    if _made(keys) != architecture:
        return None
    without_effect = _model(keys).without_effect
    return {key: value for key, value in keys.items() if key not in without_effect}


def disagreeing(architecture: Architecture, typed: Mapping[str, Any]) -> dict[str, str]:
    """Return the typed keys that an architecture contradicts, and what it has instead.

    Args:
        architecture: as in ``of``.
        typed: keys of ``SHAPE``, each valid by itself. A key agrees where all arrays and layers have its value.

    >>> disagreeing(stack(layers=8, channels=16, kernel_size=3), {"layers": 8, "channels": 12, "dilations": [1, 3]})
    {'channels': '16', 'dilations': '[1,2,4,8,16,32,64,128]'}
    """
    wrong = [key for key in typed if not _agrees(architecture, key, typed)]
    return {key: " and ".join(map(_text, _held(architecture, key))) for key in wrong}


def _agrees(architecture: Architecture, key: str, typed: Mapping[str, Any]) -> bool:
    arrays, value = architecture.arrays, typed[key]
    if key == "arrays":
        return bool(value == (of(architecture) or {}).get(key))
    if key in _DILATIONS:
        dilations = {each: typed[each] for each in _DILATIONS if each in typed}
        return all(_grown(steps, dilations) == steps for steps in map(_steps, arrays))
    if key == "bottleneck" and value is None:
        return all(array.bottleneck == array.channels for array in arrays)
    return _held(architecture, key) == [value]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _flat(architecture: Architecture) -> dict[str, Any]:
    """Return the keys of a stack of layers like the first."""
    array = architecture.arrays[0]
    layer = array.layers[0]
    return _EMPTY | {
        "layers": len(array.layers),
        "channels": array.channels,
        "kernel_size": layer.kernel_size,
        **_dilations(_steps(array)),
        "activation": layer.activation.name,
        "gating": layer.gating,
        "residual": array.residual,
        "mixin": array.mixin,
        "head_kernel_size": array.head.kernel_size,
        "bottleneck": None if array.bottleneck == array.channels else array.bottleneck,
    }


def _dilations(steps: Sequence[int]) -> dict[str, Any]:
    """Return the keys of a list of dilations: base and cycle if they give it, or else its shortest cycle."""
    length = next(n for n in range(1, len(steps) + 1) if all(steps[i] == steps[i % n] for i in range(len(steps))))
    cycle, base = list(steps[:length]), steps[1] if length > 1 else 2
    if cycle != [base**i for i in range(length)] or base > leaves(Model)["dilation_base"][1].high:
        return {"dilation_base": 2, "dilation_cycle": None, "dilations": cycle}
    return {"dilation_base": base, "dilation_cycle": None if length == len(steps) else length, "dilations": None}


def _grown(steps: Sequence[int], typed: Mapping[str, Any]) -> list[int]:
    """Return a list of dilations with typed keys in place of its own; base or cycle replace a list."""
    keys = _dilations(steps) | {"dilations": None} | dict(typed)
    (array,) = stack(len(steps), 1, 1, **keys).arrays
    return _steps(array)


def _model(keys: Mapping[str, Any]) -> Model:
    return Model(OURS, None, **(_EMPTY | dict(keys)), implementation="auto")


def _made(keys: Mapping[str, Any]) -> Architecture | None:
    try:
        return _model(keys).architecture
    except UnsupportedError:
        return None


def _steps(array: LayerArray) -> list[int]:
    return [layer.dilation for layer in array.layers]


def _held(architecture: Architecture, key: str) -> list[Any]:
    """Return the different values that an architecture has of a key, over its arrays and layers."""
    arrays = architecture.arrays
    layers = [layer for array in arrays for layer in array.layers]
    if key in _DILATIONS:
        return [_steps(array) for array in arrays]
    found: dict[str, list[Any]] = {
        "layers": [len(layers)],
        "channels": [array.channels for array in arrays],
        "kernel_size": [layer.kernel_size for layer in layers],
        "activation": [layer.activation.name for layer in layers],
        "gating": [layer.gating for layer in layers],
        "residual": [array.residual for array in arrays],
        "mixin": [array.mixin for array in arrays],
        "head_kernel_size": [array.head.kernel_size for array in arrays],
        "bottleneck": [array.bottleneck for array in arrays],
        "arrays": [in_words(architecture)],
        "causal": [architecture.causal],
    }
    return list(dict.fromkeys(found[key]))
