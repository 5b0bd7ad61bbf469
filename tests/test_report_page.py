"""report.html in a real browser."""

import json
import re

import numpy as np
import pytest
from browser import browsing
from pareto_runs import CPU, OBJECTIVES, PHASES, network, seeds, table
from selenium.webdriver import ActionChains, Keys

from nasamp import curve
from nasamp.audio import clip
from nasamp.pareto.front import analyse
from nasamp.pareto.page import writing
from nasamp.pareto.page.listening import pack
from nasamp.pareto.picks import recommend
from nasamp.quantities import QUANTITIES

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
            full.append(network(number, layers, channels, esr, nam=f"x/{number}.nam", **changes))
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
    "references": {"amp": {"copy": {"val_esr": 0.5, "test_esr": 0.6}, "linear": {"val_esr": 0.1, "test_esr": 0.2}}},
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
            (job / str(row["nam"]).removeprefix("x/")).write_text("{}")
            clip.write(job / clip.FILE, sounds(row["val_esr"]))
    analysis = analyse(rows, OBJECTIVES, PHASES)
    return writing.write(folder, analysis, recommend(analysis), SEARCH, folder)


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


def best_within(budget, cost):
    """Return the name of the right answer, from the table of runs."""
    rows = runs().query("phase == 'full' and status == 'finished'")
    row = rows[rows[cost] <= budget].sort_values("val_esr").iloc[0]
    return f"L{row['layers']}·C{row['channels']}·K3"


# One file


def test_it_is_one_small_file_that_asks_for_nothing(page, browser):
    assert page.stat().st_size < 15e6
    asked = browser.run("return performance.getEntriesByType('resource').map(each => each.name)")
    assert [name for name in asked if not name.startswith(("blob:", "data:"))] == []


def test_a_name_with_markup_is_shown_as_text(page, browser):
    shown = browser.run("return [...document.querySelectorAll('#details td')].map(each => each.textContent)")
    assert EVIL in shown


def test_data_survive_the_way_into_the_page(browser):
    data = browser.run("return JSON.parse(document.getElementById('data').textContent)")
    (recording,) = data["recordings"]
    found = {point["id"]: point["value"]["val_esr"] for point in recording["points"]}
    expected = {f"{row['phase']}/{row['name']}": row["val_esr"] for _, row in runs().iterrows() if row["id"] != 99}
    assert found == pytest.approx(expected, rel=1e-5)


# The front


def points(browser):
    script = """return document.getElementById('front-plot').data.map(
        trace => [trace.name, trace.marker?.symbol, trace.x.length])"""
    return {name: (symbol, count) for name, symbol, count in browser.run(script) if name}


def test_every_model_is_drawn_and_shapes_tell_the_kinds_apart(browser):
    rows = runs()
    analysis = analyse(rows, OBJECTIVES, PHASES)
    drawn = points(browser)
    assert drawn["scan only"] == ("circle-open", 12)
    assert drawn["on the front"] == ("diamond", len(analysis.front))
    assert drawn["dominated"] == ("circle", len(analysis.competing) - len(analysis.front))
    assert len(browser.all("#front-plot .scatterlayer path.point")) >= 20


def test_any_measured_quantity_can_be_an_axis_and_wide_ones_are_logarithmic(browser):
    options = browser.run("return [...document.querySelectorAll('#x-axis option')].map(each => each.value)")
    measured = [name for name in QUANTITIES if QUANTITIES[name].style and runs()[name].notna().any()]
    assert options == measured
    browser.choose("#x-axis", "parameters")
    browser.choose("#y-axis", "val_esr")
    titles = browser.run("const {xaxis, yaxis} = document.getElementById('front-plot').layout;"
                         "return [xaxis.title.text, yaxis.title.text, xaxis.type, yaxis.type]")  # fmt: skip
    assert titles == ["parameters", "validation ESR", "log", "log"]
    browser.choose("#x-axis", "macs_per_sample")
    browser.choose("#y-axis", "val_esr_db")


def test_lines_show_what_a_model_has_to_beat_until_they_are_switched_off(browser):
    texts = "return document.getElementById('front-plot').layout.annotations.map(each => [each.text, each.y])"
    lines = dict(browser.run(texts))
    assert lines["the best linear filter, 512 taps"] == pytest.approx(-10)
    assert lines["the input alone, at its best level"] == pytest.approx(10 * np.log10(0.5))
    browser.click(browser.find("#references"))
    assert browser.run(texts) == []
    browser.click(browser.find("#references"))


def test_the_pointer_over_a_model_shows_its_card_and_a_click_chooses_it(browser):
    target = browser.all("#front-plot .scatterlayer path.point")[-2]
    browser.show(target)
    ActionChains(browser.driver).move_to_element(target).perform()
    text = browser.until(lambda: " ".join(browser.texts("#front-plot .hoverlayer text")))
    for said in ("MACs per sample", "test ESR", CPU):
        assert said in text
    name = re.search(r"L\d+·C\d+·K3", text)[0]
    ActionChains(browser.driver).click().perform()
    browser.until(lambda: browser.find("#card h3").text == name)


# What fits my CPU


@pytest.mark.parametrize("cost", ["macs_per_sample", "rtf_mean"])
def test_the_slider_names_the_best_model_that_costs_no_more(browser, cost):
    browser.choose("#measure", cost)
    slider, number = browser.find("#budget"), browser.find("#budget-number")
    slider.send_keys(Keys.HOME)
    named = []
    for _ in range(8):
        budget = float(number.get_attribute("value"))
        assert browser.find("#fits strong").text == best_within(budget, cost)
        named.append(browser.find("#fits strong").text)
        slider.send_keys(Keys.RIGHT)
    assert len(set(named)) > 3
    assert (CPU in browser.find("#fits").text) == (cost == "rtf_mean")
    assert browser.find("#fits-files a").text.endswith(".nam")


def test_a_budget_may_be_typed_and_one_that_buys_nothing_is_said_so(browser):
    browser.choose("#measure", "macs_per_sample")
    number = browser.find("#budget-number")
    number.clear()
    number.send_keys("9999")
    assert browser.find("#fits strong").text == best_within(9999, "macs_per_sample")
    number.clear()
    number.send_keys("1")
    assert browser.find("#fits").text.startswith("No model costs 1 MACs per sample or less")
    assert browser.find("#fits-files").text == ""


# Listening


def hear(browser, what):
    """Switch, and return the level in dB and the place in s once the fade is over."""
    browser.find(f"input[value={what}]").send_keys(Keys.SPACE)
    browser.run("return new Promise(done => setTimeout(done, 400))")
    level = browser.find("#level").text.replace("\N{MINUS SIGN}", "-").removesuffix(" dB")
    return float(level), browser.run("return document.getElementById('player').currentTime")


def test_the_sound_plays_and_a_switch_keeps_the_place_and_the_level(page, browser):
    browser.open(page)
    name = browser.find("#card h3").text
    player = browser.find("#player")
    browser.until(lambda: browser.run("return arguments[0].readyState", player) == 4)
    player.send_keys(Keys.SPACE)
    browser.until(lambda: browser.run("return arguments[0].currentTime", player) > 0.05)
    amp, first = hear(browser, "amp")
    model, second = hear(browser, "model")
    assert second > first or second < 0.3  # it went on, or began again: it loops
    assert model == pytest.approx(amp, abs=0.5)
    browser.click(browser.find("#louder"))
    difference, _ = hear(browser, "difference")
    layers, channels = (int(number) for number in re.findall(r"[LC](\d+)", name))
    error = pack(sounds(esr_of(layers, channels)))["esr"]
    assert difference - amp == pytest.approx(10 * np.log10(error), abs=1)
    browser.click(browser.find("#louder"))
    raised, _ = hear(browser, "difference")
    assert raised > difference + 6


def test_pictures_are_drawn_and_a_click_on_one_moves_the_place(page, browser):
    browser.open(page)
    script = """return [...document.querySelectorAll('.sound canvas')].map(canvas => new Set(
        canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size)"""
    browser.until(lambda: min(browser.run(script)) > 20)
    picture = browser.find(".sound canvas")
    browser.click(picture)  # in its middle
    assert browser.run("return document.getElementById('player').currentTime") == pytest.approx(1, abs=0.05)


def test_a_window_without_room_and_a_change_of_theme_raise_nothing(page, browser):
    browser.open(page)
    browser.until(lambda: browser.run("return document.querySelector('.sound canvas').width > 300"))
    browser.run("document.body.style.display = 'none'; window.innerWidth = 1; dispatchEvent(new Event('resize'))")
    browser.open(page, is_dark=True)
    browser.open(page)


def test_every_model_of_the_front_can_be_heard(browser):
    models = browser.run("return [...document.querySelectorAll('#model option')].map(each => each.value)")
    analysis = analyse(runs(), OBJECTIVES, PHASES)
    assert {f"full/{name}" for name in analysis.front["name"]} <= set(models)


# Tables and curves


def column(browser, header):
    """Sort by a column, and return its numbers as they stand then."""
    titles = browser.texts("#runs th button")
    browser.click(browser.all("#runs th button")[titles.index(header)])
    cells = browser.texts(f"#runs tbody td:nth-child({titles.index(header) + 1})")
    return [np.nan if cell == "-" else float(cell.replace(",", "")) for cell in cells]


@pytest.mark.parametrize("header", ["MACs per sample", "validation ESR [dB]", "real-time factor, mean"])
def test_the_table_sorts_both_ways_and_what_was_not_measured_stays_last(browser, header):
    for direction in (1, -1):
        found = np.array(column(browser, header))
        known = found[np.isfinite(found)]
        assert len(known) >= 8 and np.all(np.diff(known) * direction >= 0)
        assert np.isnan(found[len(known) :]).all()


def test_the_table_can_be_filtered(browser):
    search = browser.find("#runs input[type=search]")
    search.send_keys("C16 quick")
    assert set(browser.texts("#runs tbody td.name")) == {f"○L{layers}·C16·K3" for layers in (5, 6, 7, 8)}
    assert browser.find("#runs .count").text == "4 of 20 runs"
    search.send_keys(Keys.BACKSPACE * 9)
    browser.choose("#runs [data-filter=kind]", "scan")
    assert browser.find("#runs .count").text == "12 of 20 runs"
    browser.choose("#runs [data-filter=kind]", "")


def test_the_links_lead_to_the_files_beside_the_page(page, browser):
    links = {each.get_attribute("href") for each in browser.all("#runs a")}
    expected = {path.as_uri() for path in page.parent.glob("*/*")} | {
        path.as_uri() for path in page.parent.glob("*/*/*.nam")
    }
    assert links == expected


def test_a_name_in_the_table_chooses_the_model_whose_curves_come_on_top(browser):
    button = browser.find("#runs button[data-point]")
    browser.click(button)
    assert browser.find("#card h3").text == button.text
    assert button.get_attribute("aria-pressed") == "true"
    traces = browser.run("return document.getElementById('curves-plot').data.map(each => [each.name, each.line.width])")
    assert len(traces) == 20
    assert traces[-1] == [f"{button.text}, {PHASES[1]}", 3] and traces[0][1] == 1


# Several recordings and seeds


@pytest.fixture(scope="module")
def two_amps(tmp_path_factory):
    """Return a page of two recordings, each model with two seeds; the best one differs."""
    folder = tmp_path_factory.mktemp("both")
    rows = []
    for amp, qualities in {"clean": (0.01, 0.02, 0.04), "loud": (0.4, 0.2, 0.1)}.items():
        for number, esr in enumerate(qualities, start=5):
            rows += seeds(number, esr * 0.9, esr * 1.1, recording=amp, macs_per_sample=1000 * number, layers=number)
    analysis = analyse(table(*rows), OBJECTIVES, PHASES)
    return writing.write(folder, analysis, recommend(analysis), {"name": "both"}, folder)


def test_each_recording_has_its_own_answer_front_and_table(two_amps, page, browser):
    browser.open(two_amps)
    best = {"clean": "L5·C16·K3", "loud": "L7·C16·K3"}
    for name, model in best.items():
        browser.choose("#recording", name)
        assert browser.find("#card h3").text == model
        assert model in browser.texts("#answer .lead strong")[0]
        assert len(browser.texts("#runs tbody tr")) == 6
        assert points(browser)["chosen"][1] == 1
    browser.open(page)


def test_decibels_above_zero_of_bad_models_are_never_drawn_on_a_logarithmic_scale(tmp_path, page, browser):
    bad = [network(number, number, 16, esr) for number, esr in ((5, 1.02), (6, 1.5), (7, 9.0))]
    analysis = analyse(table(*bad), OBJECTIVES, PHASES)
    browser.open(writing.write(tmp_path, analysis, recommend(analysis), SEARCH, tmp_path))
    assert browser.run("return document.getElementById('front-plot').layout.yaxis.type") == "linear"
    assert not browser.find("#y-log").is_enabled()
    assert browser.complaints() == []
    browser.open(page)


def test_the_bars_of_a_model_reach_to_its_seeds(two_amps, page, browser):
    browser.open(two_amps)
    script = """return document.getElementById('front-plot').data.filter(each => each.name == 'on the front')
        .map(each => [each.y[0], each.error_y.array[0], each.error_y.arrayminus[0]])[0]"""
    middle, up, down = browser.run(script)
    assert [middle + up, middle - down] == pytest.approx([10 * np.log10(0.011), 10 * np.log10(0.009)], abs=1e-3)
    browser.open(page)


# Looks


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_sticks_out_at_either_width_and_the_theme_follows_the_system(page, browser, width):
    colours = []
    for is_dark in (False, True):
        browser.open(page, width=width, is_dark=is_dark)
        assert browser.run("return document.documentElement.scrollWidth") == width
        colours.append(browser.run("return getComputedStyle(document.body).backgroundColor"))
        assert browser.complaints() == []
    light, dark = (sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in colours)
    assert light > 600 and dark < 150
    browser.open(page)


def test_everything_can_be_reached_by_the_tab_key(page, browser):
    browser.open(page)
    reached = set()
    for _ in range(60):
        browser.driver.switch_to.active_element.send_keys(Keys.TAB)
        reached.add(browser.run("return document.activeElement.id || document.activeElement.className"))
    assert {
        "skip",
        "model",
        "player",
        "louder",
        "measure",
        "budget",
        "take",
        "x-axis",
        "y-axis",
        "references",
    } <= reached


def test_the_report_says_what_failed_and_how_to_repeat_the_search(browser):
    text = browser.find("#details").text
    for said in ("out of memory", SEARCH["command"], "torch 2.13.0", "Dropped before training: 1"):
        assert said in text
    assert json.dumps(SEARCH["name"])[1:-1] in browser.driver.title
