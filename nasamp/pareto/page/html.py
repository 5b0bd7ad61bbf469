"""Writes report.html: template, styles, scripts and plotly.js in one file."""

import json
import re
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from nasamp.atomic import write_text
from nasamp.pareto.front import Analysis
from nasamp.pareto.page.content import content
from nasamp.pareto.page.links import Links
from nasamp.pareto.picks import Pick

FILE = "report.html"
_HERE = Path(__file__).parent
_SCRIPTS = (
    "state",
    "front",
    "keys",
    "references",
    "budget",
    "spectrum",
    "listen",
    "curves",
    "table",
    "start",
)  # in this order


def write(folder: Path, analysis: Analysis, picks: Sequence[Pick], search: Mapping[str, object], runs: Path) -> Path:
    """Write the page into a folder and return its path."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"marked": marked, "as_json": as_json}
    page = environment.get_template("page.html.j2")
    write_text(folder / FILE, page.render(**content(analysis, picks, search, Links(runs, folder)), **_inlined()))
    return folder / FILE


def marked(line: str) -> Markup:
    """Return a line of Markdown as HTML; only code and strong are markup.

    >>> marked("**a** is `b<c`")
    Markup('<strong>a</strong> is <code>b&lt;c</code>')
    """
    safe = re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(line)))
    return Markup(re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", safe))  # noqa: S704 - escaped above


def as_json(data: Mapping[str, Any]) -> Markup:
    r"""Return data as JSON that is safe inside of a <script> element.

    >>> as_json({"name": "</script>"})
    Markup('{"name":"\\u003c/script>"}')
    """
    text = json.dumps(data, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - a "<" is escaped


def _inlined() -> dict[str, Markup]:
    """Return the styles and scripts to include; plotly is located, not imported, which would take a second."""
    spec = find_spec("plotly")
    if not (spec and spec.submodule_search_locations):
        raise ImportError("plotly, which nasamp depends on, is not installed")
    plotly = Path(spec.submodule_search_locations[0]) / "package_data" / "plotly.min.js"
    scripts = "\n".join((_HERE / f"{name}.js").read_text("utf-8") for name in _SCRIPTS)
    texts = {"style": (_HERE / "page.css").read_text("utf-8"), "script": scripts, "plotly": plotly.read_text("utf-8")}
    return {name: Markup(text) for name, text in texts.items()}  # noqa: S704 - ours and plotly's
