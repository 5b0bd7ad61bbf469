"""What search.yaml says of a planned search, and the memory that its jobs need."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from nasamp.architecture import kept_per_sample
from nasamp.cost import measure
from nasamp.schema import Config
from nasamp.search import search_file
from nasamp.search.jobs.launching import JobLauncher
from nasamp.search.jobs.memory import job_bytes
from nasamp.search.plan import work
from nasamp.search.plan.configs import Choice
from nasamp.search.plan.planning import Plan
from nasamp.search.plan.space import Point


class _Needs(NamedTuple):
    """MACs by phase, and the peak memory in the first phase in bytes, of a point's jobs."""

    work: dict[str, float]
    memory: float


def record(
    plan: Plan,
    names: Mapping[str, tuple[int, str]],
    recordings: dict[str, dict[str, Any]],
    parts: Mapping[Choice, work.Parts],
    *,
    launcher: JobLauncher,
    command: str,
) -> search_file.Record:
    """Return the content of search.yaml.

    Args:
        names: id and name of each point, by its label.
        recordings: facts by name.
        parts: of the recording for each choice.
        launcher: says how many jobs run at a time.
    """
    needs = {point.label: _needs(plan, point, parts[plan.choice(point)]) for point in plan.going}
    cost = plan.config.search.cost
    columns = dict.fromkeys([work.PER_SAMPLE, measure.COLUMN[cost]])

    def entry(point: Point) -> dict[str, Any]:
        id_, name = names[point.label]
        described = {"id": id_, "name": name, "label": point.label, "candidate": point.candidate}
        described |= {"task": list(map(str, point.task)), "dropped_because": point.dropped_because}
        described |= {column: point.costs[column] for column in columns if column in point.costs}
        if point.dropped_because:
            return described
        return described | {"work": needs[point.label].work}

    return search_file.Record(
        name=plan.config.search.name,
        axes={axis.key: list(axis.values) for axis in plan.typed.axes},
        cost=cost,
        constraints=vars(plan.config.search.constraints),
        phases=[dict(phase) for phase in plan.phases],
        points=list(map(entry, plan.points)),
        settings=plan.settings,
        recordings=recordings,
        at_a_time=launcher.at_a_time(max(each.memory for each in needs.values()), len(needs)) if needs else 1,
        command=command,
        versions=search_file.versions(),
    )


def _needs(plan: Plan, point: Point, parts: work.Parts) -> _Needs:
    configs = plan.job_configs(point)  # not kept: those of ten thousand points take long to collect
    first = configs[plan.phases[0]["phase"]]
    return _Needs(work.planned(configs, point.costs, parts), memory(first, point, parts))


def memory(config: Config, point: Point, parts: work.Parts) -> float:
    """Return the peak memory of a job, in bytes."""
    is_bounded = config.model.is_ours and config.trainer.precision == "32-true"
    judged = max(parts["validation"], parts["test"])
    kept, field = kept_per_sample(config.model.architecture), int(point.costs["receptive_field"])
    return job_bytes(kept, field, config.recipe, sum(parts.values()), judged, is_bounded=is_bounded)
