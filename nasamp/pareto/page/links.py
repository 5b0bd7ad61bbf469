"""Links from the page to the files of a run."""

import os
from pathlib import Path
from urllib.parse import quote

import pandas as pd

from nasamp.pareto.job_files import EXPORTS, exports, place

Link = dict[str, str | None]  # name, plugin and href, which is None where the file is not on this machine


class Links:
    """Links from a page in one folder to the jobs of a search in another."""

    def __init__(self, runs: Path, page: Path) -> None:
        """Take the search's folder and the page's."""
        self._runs, self._page = runs, page

    def job(self, row: pd.Series) -> Path:
        """Return the folder of a run."""
        return self._runs / place(row)

    def folder(self, row: pd.Series) -> str | None:
        """Return the link to a run's folder, None where it does not exist."""
        return self._to(self.job(row))

    def wandb(self, row: pd.Series) -> str | None:
        """Return the link to a run in W&B: its page, else the folder of the offline run."""
        place = row.get("wandb")
        if not isinstance(place, str) or not place:
            return None
        return place if place.startswith(("http://", "https://")) else self._to(self._runs / place)

    def files(self, row: pd.Series) -> list[Link]:
        """Return a link to each exported file."""
        return [
            {"name": path.name, "plugin": EXPORTS[column], "href": self._to(path)}
            for column, path in exports(row, self._runs).items()
        ]

    def _to(self, path: Path) -> str | None:
        if not path.exists():
            return None
        try:
            relative = os.path.relpath(path, self._page)
        except ValueError:  # another drive of Windows
            return path.absolute().as_uri()
        return quote(Path(relative).as_posix())
