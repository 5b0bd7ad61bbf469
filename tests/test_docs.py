"""The documents name what exists."""

import re

from conftest import ROOT

from nasamp.audio.devices import DEVICES
from nasamp.quantities import QUANTITIES


def test_every_measure_of_quality_is_explained_and_every_explained_one_exists():
    named = set(re.findall(r"`((?:val|test)_\w+|aliasing_db)`", (ROOT / "docs" / "metrics.md").read_text("utf-8")))
    measured = {column for column in QUANTITIES if column.startswith(("val_", "test_")) or column == "aliasing_db"}
    assert named == measured - {"val_loss"}


def test_every_device_and_every_loss_is_in_the_readme():
    text = (ROOT / "README.md").read_text("utf-8")
    losses = {path.stem for path in (ROOT / "conf" / "loss").glob("*.yaml")}
    assert not [name for name in {*DEVICES, *losses} if f"`{name}`" not in text and f"={name}`" not in text]
