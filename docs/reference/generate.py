"""Pages of the reference that are made from the code: every config key, every quantity. mkdocs runs it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mkdocs_gen_files
import yaml

from nasamp.quantities import QUANTITIES
from nasamp.schema import BenchmarkConfig, CheckConfig, Config, ParetoConfig, RenderConfig, StatusConfig
from nasamp.schema.keys import Says, kinds_in_words, leaves

CONF = Path(__file__).parents[2] / "conf"
APPS = {
    "nasamp": Config,
    "nasamp.check": CheckConfig,
    "nasamp.pareto": ParetoConfig,
    "nasamp.render": RenderConfig,
    "nasamp.benchmark": BenchmarkConfig,
    "nasamp.status": StatusConfig,
}


def main() -> None:
    """Write the pages into mkdocs' virtual folder."""
    with mkdocs_gen_files.open("reference/config.md", "w") as page:
        page.write("# Config keys\n\nMade from the schema that checks every command. ")
        page.write("`python -m nasamp --cfg job` prints the values that a command would have.\n")
        for app, tree in APPS.items():
            page.write(f"\n## python -m {app}\n\n| key | what it is | values | range |\n|---|---|---|---|\n")
            page.writelines(rows_of(tree))
        page.write("\n## The YAML files\n\nA group's option is a file; what it sets, with unit and range:\n")
        page.writelines(files())
    with mkdocs_gen_files.open("reference/quantities.md", "w") as page:
        page.write("# Quantities\n\nThe columns of all tables, and the same numbers in W&B.\n\n")
        page.write("| column | key in W&B | what | unit | better |\n|---|---|---|---|---|\n")
        for each in QUANTITIES.values():
            cells = (f"`{each.column}`", f"`{each.key}`", each.label, each.unit, each.better or "")
            page.write(f"| {' | '.join(cells)} |\n")


def rows_of(tree: type) -> Iterator[str]:
    """Yield a row for each key of a schema."""
    for key, (kind, says) in leaves(tree).items():
        if key.endswith("_target_"):
            continue
        yield f"| `{key}` | {says.sentence} | {kinds_in_words(kind)} | {in_words(says)} |\n"


def in_words(says: Says) -> str:
    """Return a range, empty where there is none."""
    low, high = (f"{end:,}" if abs(end) != float("inf") else "" for end in (says.low, says.high))
    return f"{low} to {high}" if low and high else f"at least {low}" if low else f"at most {high}" if high else ""


def files() -> Iterator[str]:
    """Yield each YAML file of conf/ as it is, group by group."""
    for path in sorted(CONF.rglob("*.yaml"), key=lambda path: (path.parent != CONF, path)):
        text = path.read_text("utf-8").strip()
        content: Any = yaml.safe_load(text)
        if content:
            yield f"\n### {path.relative_to(CONF).with_suffix('').as_posix()}\n\n```yaml\n{text}\n```\n"


main()
