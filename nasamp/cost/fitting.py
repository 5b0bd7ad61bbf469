"""Fits the coefficients of a cost table to measured times, and says how well they predict others."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls  # type: ignore[import-untyped]
from scipy.stats import spearmanr  # type: ignore[import-untyped]

from nasamp.architecture import Architecture, nam_form
from nasamp.cost.terms import names, terms

FEWEST = 4  # measured architectures of a width with coefficients of its own
_ROUNDS, _FAR = 20, 3.0  # of weighting; errors of so many robust standard deviations count a half
_DIGITS = 6

Numbers = NDArray[np.float64]


class Quality(NamedTuple):
    """How well architectures are predicted that the fit has not seen: rank correlation, and relative errors."""

    spearman: float
    median_error: float
    error_of_90_percent: float


def fitted(architectures: Sequence[Architecture], times: Sequence[float]) -> dict[str, Any]:
    """Return the coefficients of a table: ``Table.coefficients``.

    Non-negative least squares on relative errors; rows far from all others lose their weight.

    Args:
        architectures: that were measured; of several channels and kernel sizes.
        times: of each, all in one unit, above 0.
    """
    widths, used = _widths(architectures), _activations(architectures)
    found = _solved(_matrix(architectures, widths, used), np.array(times, float))
    by: dict[str, Any] = {}
    for (kind, key), value in zip(names(widths, used), found.tolist(), strict=True):
        if key == "":
            by[kind] = value
        else:
            by.setdefault(kind, {})[key] = value
    return _rounded(_canonical(by))


def predicted_unseen(
    architectures: Sequence[Architecture], times: Sequence[float], folds: int = 10, seed: int = 0
) -> Numbers:
    """Return a prediction for each architecture by a fit to the others, of which a share is left out at a time."""
    target = np.array(times, float)
    matrix = _matrix(architectures, _widths(architectures), _activations(architectures))
    order = np.random.default_rng(seed).permutation(len(target))
    result = np.empty_like(target)
    for fold in range(folds):
        out = order[fold::folds]
        kept = np.setdiff1d(order, out)
        result[out] = matrix[out] @ _solved(matrix[kept], target[kept])
    return result


def quality(predicted: Numbers, times: Sequence[float]) -> Quality:
    """Return how well predictions agree with what was measured."""
    errors = np.abs(predicted / np.array(times) - 1)
    low, high = np.quantile(errors, [0.5, 0.9]).tolist()
    return Quality(float(spearmanr(predicted, times)[0]), low, high)


def _matrix(architectures: Sequence[Architecture], widths: Sequence[int], used: Sequence[str]) -> Numbers:
    return np.array([terms(each, widths, used) for each in architectures])


def _widths(architectures: Sequence[Architecture]) -> list[int]:
    """Return the widths that enough architectures have, ascending."""
    found = [width for each in architectures for width in {array.channels for array in each.arrays}]
    return sorted(width for width in set(found) if found.count(width) >= FEWEST)


def _activations(architectures: Sequence[Architecture]) -> list[str]:
    arrays = [array for each in architectures for array in nam_form(each).arrays]
    return sorted({layer.activation.name for array in arrays for layer in array.layers})


def _solved(matrix: Numbers, times: Numbers) -> Numbers:
    """Return the coefficients; each round weighs rows by how far from them the round before was."""
    relative = matrix / times[:, None]
    scale = np.maximum(np.linalg.norm(relative, axis=0), np.finfo(float).tiny)
    weights = np.ones(len(times))
    for _ in range(_ROUNDS):
        found = nnls(relative / scale * weights[:, None], weights)[0] / scale
        errors = np.abs(np.log(np.maximum(matrix @ found, np.finfo(float).tiny) / times))
        far = _FAR * max(1.4826 * float(np.median(errors)), 1e-9)
        weights = np.sqrt(1 / (1 + (errors / far) ** 2))
    return np.asarray(found)


def _canonical(by: dict[str, Any]) -> dict[str, Any]:
    """Return equivalent coefficients, of which the cheapest activation and the cheapest width have 0.

    What all activations have in common cannot be told from what each channel costs, nor what all layers have in common
    from what each channel of a width costs.
    """
    cheapest = min(by["activations"].values())
    channels = {width: value + cheapest for width, value in by["channels"].items()}
    by_cost = sorted(by["activations"].items(), key=lambda each: each[1])
    layer = min(width * value for width, value in channels.items())
    return by | {
        "channels": {width: max(0.0, value - layer / width) for width, value in channels.items()},
        "activations": {name: value - cheapest for name, value in by_cost},
        "layers": by["layers"] + layer,
    }


def _rounded(by: dict[str, Any]) -> dict[str, Any]:
    def short(value: float) -> float:
        return float(f"{value:.{_DIGITS}g}")

    return {
        kind: {key: short(each) for key, each in value.items()} if isinstance(value, dict) else short(value)
        for kind, value in by.items()
    }
