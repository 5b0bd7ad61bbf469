"""Measures what the points of a search cost in an engine, once each, before the jobs, when nothing else runs."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from nasamp.benchmark import engines
from nasamp.cost import constraints, measure, measured
from nasamp.errors import ConfigError
from nasamp.schema import Config
from nasamp.schema.checking import changed
from nasamp.search.plan.planning import Plan
from nasamp.search.plan.space import Point
from nasamp.search.search_file import Record
from nasamp.search.terminal import text


def costed(plan: Plan, before: Record | None, say: Callable[[str], None]) -> Plan:
    """Return the plan with the cost of each point, and without those slower than ``search.constraints.max_rtf``.

    A dry run measures too, but keeps nothing.

    Args:
        before: the record of the search that was begun in the folder; it keeps its measure of the cost.

    Raises:
        ConfigError: where the engine is not installed, whether anything is measured or not; or a point whose cost has
            to be measured cannot be.
    """
    engines.chosen(plan.config.benchmark.engine)
    search = plan.config.search
    if before and before.cost != search.cost:
        say(
            f"note: {plan.folder} was begun with search.cost={before.cost} and keeps it; "
            f"search.cost={search.cost} needs a search.name of its own"
        )
        plan = _counted(replace(plan, config=changed(plan.config, {"search.cost": before.cost})))
    going = plan.going
    column = measure.COLUMN[plan.config.search.cost]
    is_by_formula = all(column in point.costs for point in going)
    if is_by_formula and search.constraints.max_rtf is None:
        return plan
    found = columns(plan, going, plan.phases[0]["phase"], say)
    unknown = [] if is_by_formula else [point for point in going if point.label not in found]
    if unknown:
        raise ConfigError(
            f"search.cost={plan.config.search.cost}: {unknown[0].label} cannot be measured, only causal networks of "
            "nasamp's own can; search.cost=macs counts"
        )
    points = [_with(plan, point, found[point.label]) if point.label in found else point for point in plan.points]
    return replace(plan, points=points)


def _counted(plan: Plan) -> Plan:
    """Return the plan with the cost of each point by its measure, where a table predicts it."""
    phase = plan.phases[0]["phase"]

    def cost(point: Point) -> dict[str, Any]:
        made = plan.job_config(point, phase).model.architecture
        return {column: value.item() for column, value in constraints.predicted(made, plan.config.search.cost).items()}

    return replace(plan, points=[replace(point, costs={**point.costs, **cost(point)}) for point in plan.points])


def before_phase(plan: Plan, points: Sequence[Point], phase: str, say: Callable[[str], None]) -> None:
    """Measure the networks of a phase with a benchmark: its jobs run beside each other, and would measure wrongly."""
    if points and plan.job_config(points[0], phase).phase.benchmark:
        columns(plan, points, phase, say)


def columns(plan: Plan, points: Iterable[Point], phase: str, say: Callable[[str], None]) -> dict[str, dict[str, Any]]:
    """Return the measured columns by the points' labels, for nasamp's own causal networks.

    Networks that were not measured on this machine before are measured, and kept in the search's folder.
    """
    known, keys = measured.read(plan.folder), {}
    new: dict[str, Config] = {}
    rates: dict[str, int] = {}
    for point in points:
        config, rate = plan.job_config(point, phase), plan.bases[plan.choice(point)][1]
        if config.model.is_ours and config.model.causal:
            key = measured.key(config.model.architecture, _engine(config), **_how(config), sample_rate=rate)
            keys[point.label] = key
            if key not in known:
                new[key], rates[key] = config, rate
    if new:
        say(f"measuring the speed of {text.count(len(new), 'architecture')}, alone: {_named(next(iter(new.values())))}")
    for key, config in new.items():
        from nasamp.benchmark import speed  # torch

        architecture = config.model.architecture
        known[key] = speed.measure(architecture, _engine(config), **_how(config), sample_rate=rates[key])
        if not plan.config.search.dry_run:
            measured.write(plan.folder, known)
    return {label: known[key] for label, key in keys.items()}


def _with(plan: Plan, point: Point, columns: dict[str, Any]) -> Point:
    """Return a point with what was measured of it, as far as the search decides by it."""
    kept = {column: columns[column] for column in measure.COLUMN.values() if column in columns}
    return replace(point, costs={**point.costs, **kept}, dropped_because=_too_slow(plan, columns))


def _too_slow(plan: Plan, columns: dict[str, Any]) -> str:
    """Return why a point is dropped; empty where it is not."""
    limit, found = plan.config.search.constraints.max_rtf, columns["rtf_mean"]
    return (
        f"rtf_mean {found:.3f} > {limit:g} ({columns.get('rtf_engine')})" if limit is not None and found > limit else ""
    )


def _engine(config: Config) -> engines.Engine:
    return engines.chosen(config.benchmark.engine)


def _how(config: Config) -> dict[str, Any]:
    return {"blocks": config.benchmark.blocks, "seconds": config.benchmark.seconds}


def _named(config: Config) -> str:
    return f"{engines.described(_engine(config))}, blocks of {', '.join(map(str, config.benchmark.blocks))}"
