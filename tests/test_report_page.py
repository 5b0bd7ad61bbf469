"""report.html in a real browser."""

import json
import re

import numpy as np
import pytest
from invented_page import EVIL, SEARCH, runs
from pareto_runs import CPU, OBJECTIVES, PHASES, analyse, seeds, table
from scipy.stats import kendalltau
from selenium.webdriver import Keys

from nasamp.pareto.page import html
from nasamp.pareto.picks import recommend


def best_within(budget, cost):
    """Return the name of the best model within a budget, from the table of runs."""
    rows = runs().query("phase == 'full' and status == 'finished'")
    row = rows[rows[cost] <= budget].sort_values("val_esr").iloc[0]
    return f"L{row['layers']}_C{row['channels']}_K3"


# One file


def test_the_page_is_one_small_file_that_loads_nothing_else(page, browser):
    assert page.stat().st_size < 15e6
    asked = browser.run("return performance.getEntriesByType('resource').map(each => each.name)")
    assert [name for name in asked if not name.startswith(("blob:", "data:"))] == []


def test_a_name_with_markup_is_shown_as_text(page, browser):
    shown = browser.run("return [...document.querySelectorAll('#details td')].map(each => each.textContent)")
    assert EVIL in shown


def test_data_are_unchanged_in_the_page(browser):
    data = browser.run("return JSON.parse(document.getElementById('data').textContent)")
    (recording,) = data["recordings"]
    found = {point["id"]: point["value"]["val_esr"] for point in recording["points"]}
    expected = {f"{row['phase']}/{row['name']}": row["val_esr"] for _, row in runs().iterrows() if row["id"] != 99}
    assert found == pytest.approx(expected, rel=1e-5)


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


def test_a_budget_can_be_typed_and_one_below_every_model_gives_a_message(browser):
    browser.choose("#measure", "macs_per_sample")
    number = browser.find("#budget-number")
    number.clear()
    number.send_keys("9999")
    assert browser.find("#fits strong").text == best_within(9999, "macs_per_sample")
    number.clear()
    number.send_keys("1")
    assert browser.find("#fits").text.startswith("No model fits. The cheapest has 3,377 (MACs per sample)")
    assert browser.find("#fits-files").text == ""


# Tables and curves


def column(browser, header):
    """Sort by a column, and return its numbers in the new order."""
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
    assert set(browser.texts("#runs tbody td.name")) == {f"○L{layers}_C16_K3" for layers in (5, 6, 7, 8)}
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


def test_clicking_a_name_in_the_table_selects_the_model_and_raises_its_curves(browser):
    button = browser.find("#runs button[data-point]")
    phase = next(each for each in PHASES if each in button.find_element("xpath", "./ancestor::tr").text.split())
    browser.click(button)
    assert browser.find("#card h3").text == button.text
    assert button.get_attribute("aria-pressed") == "true"
    traces = browser.run("return document.getElementById('curves-plot').data.map(each => [each.name, each.line.width])")
    assert len(traces) == 20
    assert traces[-1] == [f"{button.text}, {phase}", 3] and traces[0][1] == 1


# Several recordings and seeds


def test_each_recording_has_its_own_answer_front_and_table(two_amps, page, browser):
    browser.open(two_amps)
    best = {"clean": "L5_C16_K3", "loud": "L7_C16_K3"}
    for name, model in best.items():
        browser.choose("#recording", name)
        assert browser.find("#card h3").text == model
        assert model in browser.texts("#answer .lead strong")[0]
        assert len(browser.texts("#runs tbody tr")) == 6
        chosen = "return document.getElementById('front-plot').data.find(each => each.name === 'chosen').x.length"
        assert browser.run(chosen) == 1
    browser.open(page)


# Looks


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_overflows_at_either_width_and_the_theme_follows_the_system(page, browser, width):
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
    for _ in range(70):
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
        "front-plot",
    } <= reached


# How sure, and what it is from


def test_the_order_of_the_phases_is_compared_as_scipy_does(browser):
    finished = runs().query("status == 'finished'").set_index(["layers", "channels"])
    phases = [finished.query("phase == @phase")["val_esr"] for phase in PHASES]
    both = phases[0].align(phases[1], join="inner")
    assert f"Kendall's tau {kendalltau(*both)[0]:.2f}" in browser.find("#sure").text
    assert "noise floor: the amp against itself" in browser.texts("#sure td")


def test_models_whose_gap_is_below_the_spread_are_called_tied(tmp_path, page, browser):
    rows = [*seeds(5, 0.11, 0.12), *seeds(6, 0.10, 0.14, macs_per_sample=800), *seeds(7, 0.30, 0.31)]
    analysis = analyse(table(*rows), OBJECTIVES, PHASES)
    browser.open(html.write(tmp_path, analysis, recommend(analysis), {"name": "seeds"}, tmp_path))
    assert browser.find("#sure p").text.startswith("Tied with the best by validation ESR, the cheapest first")
    assert browser.texts("#sure tbody td:first-child") == ["L6_C16_K3", "L5_C16_K3"]
    browser.open(page)


def test_the_page_shows_what_the_checks_of_the_recording_found(browser):
    facts = browser.texts("#details [data-recording] li")
    assert facts[0] == "amp: 90.0 s at 44,100 Hz."
    assert "Warning: W4: the output clips in 12 places." in facts


def test_models_that_a_phase_removed_are_listed(browser):
    found = {each.get_attribute("textContent"): each for each in browser.all("#details summary")}
    title = "Finished in quick, not selected for full: 4"
    browser.click(found[title])
    names = browser.texts("#details details[open][data-recording] tbody td:first-child")
    assert len(names) == 4 and all(name.endswith(("L5_C8_K3", "L5_C16_K3", "L5_C24_K3", "L6_C8_K3")) for name in names)


def test_the_report_lists_failed_jobs_and_the_command_of_the_search(browser):
    text = browser.find("#details").text
    for shown in ("out of memory", SEARCH["command"], "torch 2.13.0", "Dropped before training: 1"):
        assert shown in text
    assert json.dumps(SEARCH["name"])[1:-1] in browser.driver.title
