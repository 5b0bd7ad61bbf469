"""The front of report.html in a real browser: points, lines, pointer and keyboard."""

import re

import numpy as np
import pytest
from invented_page import SEARCH, runs
from pareto_runs import CPU, OBJECTIVES, PHASES, analyse, network, table
from selenium.webdriver import ActionChains, Keys

from nasamp.pareto.page import html
from nasamp.pareto.picks import recommend
from nasamp.quantities import QUANTITIES

# The front


def points(browser):
    script = """return document.getElementById('front-plot').data.map(
        trace => [trace.name, trace.marker?.symbol, trace.x.length])"""
    return {name: (symbol, count) for name, symbol, count in browser.run(script) if name}


def test_every_model_is_drawn_and_each_kind_has_its_own_shape(browser):
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


def test_lines_of_the_reference_models_are_shown_until_switched_off(browser):
    texts = "return document.getElementById('front-plot').layout.annotations.map(each => [each.text, each.y])"
    lines = dict(browser.run(texts))
    assert lines["the best linear filter, 512 taps"] == pytest.approx(-10)
    assert lines["the input alone, at its best level"] == pytest.approx(10 * np.log10(0.5))
    assert lines["noise floor: the amp against itself"] == pytest.approx(-40)
    browser.click(browser.find("#references"))
    assert browser.run(texts) == []
    browser.click(browser.find("#references"))


def test_the_pointer_over_a_model_shows_its_card_and_a_click_chooses_it(browser):
    target = browser.all("#front-plot .scatterlayer path.point")[-2]
    browser.show(target)
    ActionChains(browser.driver).move_to_element(target).perform()
    text = browser.until(lambda: " ".join(browser.texts("#front-plot .hoverlayer text")))
    for shown in ("MACs per sample", "test ESR", CPU):
        assert shown in text
    name = re.search(r"L\d+_C\d+_K3", text)[0]
    ActionChains(browser.driver).click().perform()
    browser.until(lambda: browser.find("#card h3").text == name)


# By keyboard


def in_order(rows):
    """Return the names of models by rising cost; of two phases of one model the better first."""
    ordered = rows.sort_values(["macs_per_sample", "val_esr_db"])
    return [
        f"L{layers}_C{channels}_K3" for layers, channels in zip(ordered["layers"], ordered["channels"], strict=True)
    ]


def pressed(browser, *keys):
    """Press keys at once, and return the text announced to a screen reader."""
    chain = ActionChains(browser.driver)
    for key in keys[:-1]:
        chain.key_down(key)
    chain.send_keys(keys[-1])
    for key in keys[:-1]:
        chain.key_up(key)
    chain.perform()
    return browser.find("#front-said").get_attribute("textContent")


def walked(browser, count, *keys):
    return [pressed(browser, *keys).partition(",")[0] for _ in range(count)]


def test_arrow_keys_visit_every_model_and_with_shift_only_the_front(page, browser):
    browser.open(page)
    rows = runs().query("status == 'finished'")
    everyone, front = in_order(rows), in_order(analyse(runs(), OBJECTIVES, PHASES).front)
    browser.show(browser.find("#front-plot"))
    browser.run("document.getElementById('x-axis').focus()")
    browser.driver.switch_to.active_element.send_keys(Keys.TAB * 2)  # its box of the logarithm, then the lines'
    browser.driver.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.run("return document.activeElement.id") == "front-plot"
    assert browser.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    first = pressed(browser, Keys.HOME)
    assert first.startswith(f"{everyone[0]}, scan only: MACs per sample")
    assert first.endswith(f"1 of {len(everyone)}.")
    assert walked(browser, len(everyone), Keys.RIGHT) == [*everyone[1:], everyone[-1]]  # it stays at the last
    pressed(browser, Keys.HOME)
    assert walked(browser, len(front), Keys.SHIFT, Keys.RIGHT) == front
    assert browser.find("#card h3").text == front[-1]
    assert walked(browser, len(front) - 1, Keys.SHIFT, Keys.LEFT) == front[-2::-1]


def test_up_and_down_keys_follow_the_vertical_axis(page, browser):
    browser.open(page)
    best = browser.find("#card h3").text
    browser.run("document.getElementById('front-plot').focus()")
    up = walked(browser, 19, Keys.UP)
    lowest_first = runs().query("status == 'finished'").sort_values(["val_esr", "macs_per_sample"])
    names = [
        f"L{layers}_C{channels}_K3"
        for layers, channels in zip(lowest_first["layers"], lowest_first["channels"], strict=True)
    ]
    assert [best, *up] == names
    assert walked(browser, 1, Keys.DOWN) == names[-2:-1]


@pytest.mark.parametrize("cost", ["rtf_mean", "macs_per_sample"])
def test_the_plot_and_the_budget_begin_with_the_cost_of_the_search(tmp_path, page, browser, cost):
    rows = table(network(1, 5, 16, 0.2), network(2, 6, 16, 0.1))
    analysis = analyse(rows, OBJECTIVES, PHASES, cost)
    browser.open(html.write(tmp_path, analysis, recommend(analysis), SEARCH, tmp_path))
    assert [browser.find(each).get_attribute("value") for each in ("#x-axis", "#measure")] == [cost, cost]
    browser.open(page)


# Hard cases


def test_decibels_above_zero_of_bad_models_are_never_drawn_on_a_logarithmic_scale(tmp_path, page, browser):
    bad = [network(number, number, 16, esr) for number, esr in ((5, 1.02), (6, 1.5), (7, 9.0))]
    analysis = analyse(table(*bad), OBJECTIVES, PHASES)
    browser.open(html.write(tmp_path, analysis, recommend(analysis), SEARCH, tmp_path))
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


@pytest.mark.parametrize(("has", "lacks"), [("clean", "loud"), ("loud", "clean")])
def test_a_recording_without_a_model_can_be_chosen_and_is_not_shown_first(tmp_path, page, browser, has, lacks):
    rows = table(network(1, 5, 16, 0.1, recording=has), network(2, 6, 16, np.nan, recording=lacks))
    analysis = analyse(rows, OBJECTIVES, PHASES)
    browser.open(html.write(tmp_path, analysis, recommend(analysis), {"name": "both"}, tmp_path))
    assert browser.find("#recording").get_attribute("value") == has
    assert browser.find("#card h3").text == "L5_C16_K3"
    browser.choose("#recording", lacks)
    assert browser.find("#card").text == "no model to show"
    assert browser.complaints() == []
    browser.open(page)
