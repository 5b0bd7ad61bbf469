"""Parses the typed overrides into fixed overrides, axes and phases."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, Quote, QuotedString

from nasamp.errors import ConfigError
from nasamp.schema import Config
from nasamp.schema.keys import leaves
from nasamp.search.plan.arguments import quote_text
from nasamp.search.plan.axes import Axis

Options = Callable[[str], Sequence[str]]  # returns the options of a config group; empty if there is no such group
SEARCH_WIDE = ("search", "schedule", "launcher", "logger", "hydra", "model.implementation")


@dataclass(frozen=True)
class Typed:
    """The overrides of every job, the axes, and the phases, if any were typed."""

    fixed: tuple[str, ...]
    axes: tuple[Axis, ...]
    phases: tuple[str, ...]


def parse(arguments: list[str], declared: Mapping[str, Any], loader: ConfigLoader, options: Options) -> Typed:
    """Return the parsed overrides; a typed key replaces the same key of ``search.axes``.

    Raises:
        ConfigError: both phase and schedule are typed, or a search-wide key has several values.
    """
    parser = OverridesParser.create(config_loader=loader)
    typed = parser.parse_overrides(arguments)
    keys = {override.key_or_group for override in typed}
    if {"phase", "schedule"} <= keys:
        raise ConfigError("phase, schedule: both set the phases; type one of them")
    left = {key: values for key, values in declared.items() if key not in keys}
    axes = {
        key: _axis(parser.parse_override(quote_text(_as_typed(key, values), leaves(Config))), options)
        for key, values in left.items()
    }
    fixed: dict[str, str] = {}
    phases: tuple[str, ...] = ()
    for override in typed:
        key = override.key_or_group
        if key == "phase":
            phases = tuple(str(value) for value in _values(override))
        elif override.is_sweep_override():
            axes[key] = _axis(override, options)
        else:
            fixed[override.get_key_element()] = override.input_line or ""
    if wrong := [key for key in axes if key in SEARCH_WIDE or key.partition(".")[0] in SEARCH_WIDE]:
        raise ConfigError(f"{', '.join(wrong)}: applies to the whole search; type one value")
    return Typed(tuple(fixed.values()), tuple(axes.values()), phases)


def _axis(override: Override, options: Options) -> Axis:
    key, values = override.key_or_group, _values(override)
    is_sweep = override.is_sweep_override()
    texts = list(override.sweep_string_iterator()) if is_sweep else [override.get_value_element_as_str()]
    unique = dict(zip((f"{override.get_key_element()}={text}" for text in texts), values, strict=True))
    return Axis(key, tuple(unique.values()), tuple(unique), bool(options(key)))


def _values(override: Override) -> list[Any]:
    if not override.is_sweep_override():
        return [override.value()]
    if not override.is_discrete_sweep():
        raise ConfigError(f"{override.input_line}: list the values, or use range(start,stop,step)")
    return [value.text if isinstance(value, QuotedString) else value for value in override.sweep_iterator()]


def _as_typed(key: str, values: Any) -> str:
    """Return an axis of the YAML as it would be typed; text is in Hydra's syntax, such as range(4,11)."""
    if isinstance(values, list):
        texts = [
            QuotedString(value, Quote.single).with_quotes() if isinstance(value, str) else value for value in values
        ]
        values = ",".join(str(text) for text in texts)
    return f"{key}={values}"
