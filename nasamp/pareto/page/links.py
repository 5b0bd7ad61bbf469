"""Where a run's files lie, as links of a page."""

import os
from pathlib import Path
from urllib.parse import quote

import pandas as pd

PLUGINS = {"nam": "Neural Amp Modeler", "vox_json": "Neural Vox Modeler", "onnx": "ONNX"}

Link = dict[str, str | None]  # name, for whom, and href: None where the file is not on this machine


class Links:
    """Links from a page in one folder to the jobs of a search in another."""

    def __init__(self, runs: Path, page: Path) -> None:
        """Take the search's folder and the page's."""
        self._runs, self._page = runs, page

    def job(self, row: pd.Series) -> Path:
        """Return the folder of a run."""
        return self._runs / str(row["phase"]) / str(row["name"])

    def folder(self, row: pd.Series) -> str | None:
        """Return the link to a run's folder, None where it is not there."""
        return self._to(self.job(row))

    def wandb(self, row: pd.Series) -> str | None:
        """Return the link to a run in W&B: its page, else the folder of the offline run."""
        place = row.get("wandb")
        if not isinstance(place, str) or not place:
            return None
        return place if place.startswith(("http://", "https://")) else self._to(self._runs / place)

    def files(self, row: pd.Series) -> list[Link]:
        """Return a link to each exported file."""
        found: list[Link] = []
        for column, plugin in PLUGINS.items():
            if isinstance(row[column], str) and row[column]:
                path = self.job(row) / Path(row[column].replace("\\", "/")).name  # written on Windows, read elsewhere
                found.append({"name": path.name, "plugin": plugin, "href": self._to(path)})
        return found

    def _to(self, path: Path) -> str | None:
        if not path.exists():
            return None
        try:
            relative = os.path.relpath(path, self._page)
        except ValueError:  # another drive of Windows
            return path.absolute().as_uri()
        return quote(Path(relative).as_posix())
