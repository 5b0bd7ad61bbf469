"""report.html of invented runs, and the browser that shows it."""

import numpy as np
import pytest
from browser import browsing
from pareto_runs import OBJECTIVES, PHASES, analyse, network, seeds, table

from nasamp.audio import clip
from nasamp.pareto.page import html
from nasamp.pareto.picks import recommend
from nasamp.training import curve

RATE = 44_100
SHAPES = [(layers, channels) for layers in (5, 6, 7, 8) for channels in (8, 16, 24)]
GAIN = 0.8  # of every model in the clips: level-matching takes it back
EVIL = "</script><b>L5"  # as a label that a user may choose


def esr_of(layers, channels):
    return 0.5 / layers**2 / channels**0.5 * (1.9 if (layers, channels) == (8, 8) else 1)


def runs():
    full, quick = [], []
    for number, (layers, channels) in enumerate(SHAPES, start=1):
        esr = esr_of(layers, channels)
        changes = {"test_esr": esr * 1.2, "test_esr_db": 10 * np.log10(esr * 1.2), "val_loss": esr}
        quick.append(network(number, layers, channels, esr * 3, phase="quick", rtf_mean=np.nan, **changes))
        if number > 4:
            full.append(
                network(
                    number,
                    layers,
                    channels,
                    esr,
                    nam=f"full/search_{number:03d}_L{layers}_C{channels}_K3/model.nam",
                    **changes,
                )
            )
    full.append(network(99, 9, 9, 0.9, phase="full", name="broken", status="failed", error="out of memory"))
    return table(*quick, *full)


def sounds(esr):
    """Return a clip of 2 s: a tone, and a model of it with that ESR once its level is right."""
    generator = np.random.default_rng(0)
    target = 0.3 * np.sin(2 * np.pi * 220 * np.arange(2 * RATE) / RATE)
    noise = generator.normal(size=len(target))
    noise *= np.sqrt(esr * np.sum(target**2) / np.sum(noise**2))
    return clip.Clip(RATE, *(signal.astype(np.float32) for signal in (target, target, GAIN * (target + noise))))


SEARCH = {
    "name": "poc",
    "command": "python -m nasamp -m search=poc 'data.input=Bounce (1).wav'",
    "versions": {"torch": "2.13.0"},
    "references": {
        "amp": {
            "copy": {"val_esr": 0.5, "test_esr": 0.6},
            "linear": {"val_esr": 0.1, "test_esr": 0.2},
            "floor": {"val_esr": 1e-4, "test_esr": 1e-4},
        }
    },
    "recordings": {
        "amp": {
            "seconds": 90.0,
            "sample_rate": RATE,
            "delay_samples": 0,
            "scale": 1.0,
            "repeat_esr": 2e-4,
            "warnings": ["W4: the output clips in 12 places"],
        }
    },
    "points": [{"id": 50, "name": EVIL, "dropped_because": "too slow"}],
}


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Return a page of invented runs with clips, curves and files."""
    folder = tmp_path_factory.mktemp("poc")
    rows = runs()
    for _, row in rows[rows["status"] == "finished"].iterrows():
        job = folder / row["phase"] / row["name"]
        job.mkdir(parents=True)
        steps = [{"step": 10 * i, "epoch": i, "train/loss": 1 / i, "val/loss": 1 / i, "val/esr": 1 / i} for i in (1, 2)]
        curve.write(job, steps)
        if row["phase"] == "full":
            (folder / row["nam"]).write_text("{}")
            clip.write(job / clip.FILE, sounds(row["val_esr"]))
    analysis = analyse(rows, OBJECTIVES, PHASES)
    return html.write(folder, analysis, recommend(analysis), SEARCH, folder)


@pytest.fixture(scope="module")
def browser(page):
    """Return Chromium with the page open, for all tests of this file."""
    with browsing() as found:
        found.open(page)
        yield found


@pytest.fixture(autouse=True)
def calm(request):
    """Let no test leave anything in the console."""
    yield
    if "browser" in request.fixturenames:
        assert request.getfixturevalue("browser").complaints() == []


@pytest.fixture(scope="module")
def two_amps(tmp_path_factory):
    """Return a page of two recordings, each model with two seeds; the best one differs."""
    folder = tmp_path_factory.mktemp("both")
    rows = []
    for amp, qualities in {"clean": (0.01, 0.02, 0.04), "loud": (0.4, 0.2, 0.1)}.items():
        for number, esr in enumerate(qualities, start=5):
            rows += seeds(number, esr * 0.9, esr * 1.1, recording=amp, macs_per_sample=1000 * number, layers=number)
    analysis = analyse(table(*rows), OBJECTIVES, PHASES)
    return html.write(folder, analysis, recommend(analysis), {"name": "both"}, folder)
