"""A search over several recordings and seeds: what is refused, and what comes out."""

import pytest

DRY = ["search.dry_run=true", "model.layers=3,4", "model.channels=4"]


@pytest.fixture
def two_amps(mesa, tmp_path):
    """Return the folder with a user's own YAML of two recordings, both from files named output.flac."""
    folder = tmp_path / "mine" / "data"
    folder.mkdir(parents=True)
    dry, wet = mesa
    for name in ("amp1", "amp2"):
        text = f"defaults: [recording]\nname: {name}\ninput: {dry}\noutput: {wet}\nseconds: 12\n"
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    return folder


def test_recordings_of_the_users_own_folder_are_an_axis(two_amps, nasamp):
    done = nasamp("-m", "--config-dir", str(two_amps.parent), "data=amp1,amp2", *DRY)
    assert done.returncode == 0, done.stderr
    assert "search_002_L3_C4_K3_data-amp2" in done.stdout and "4 of 4 points valid" in done.stdout


def test_two_recordings_of_one_name_are_refused_before_anything_is_written(two_amps, nasamp, tmp_path):
    path = two_amps / "amp2.yaml"
    path.write_text(path.read_text("utf-8").replace("name: amp2", "name: amp1").replace("12", "13"), "utf-8")
    done = nasamp("-m", "--config-dir", str(two_amps.parent), "data=amp1,amp2", *DRY[1:])
    assert done.returncode == 2
    assert "data: 2 different recordings are named amp1; each needs a data.name of its own" in done.stderr
    assert not (tmp_path / "results").exists()
