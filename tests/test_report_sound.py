"""Listening in report.html, in a real browser."""

import re

import numpy as np
import pytest
from invented_page import esr_of, runs, sounds
from pareto_runs import OBJECTIVES, PHASES, analyse
from selenium.webdriver import Keys

from nasamp.pareto.page.listening import pack

# Listening


def hear(browser, what):
    """Switch, and return the level in dB and the position in s once the fade is over."""
    browser.find(f"input[value={what}]").send_keys(Keys.SPACE)
    browser.run("return new Promise(done => setTimeout(done, 400))")
    level = browser.find("#level").text.replace("\N{MINUS SIGN}", "-").removesuffix(" dB")
    return float(level), browser.run("return document.getElementById('player').currentTime")


def test_the_sound_plays_and_switching_keeps_position_and_level(page, browser):
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


def test_spectrograms_are_drawn_and_a_click_moves_the_position(page, browser):
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


def test_a_model_without_a_clip_shows_a_message_and_the_last_one_keeps_playing(page, browser):
    browser.open(page)
    heard = browser.find("#card h3").text
    assert not browser.find("#no-clip").is_displayed()
    silent = browser.find("#runs tr[data-kind=scan] button[data-point]")
    browser.click(silent)
    message = browser.find("#no-clip").text
    assert message.startswith(f"This page has no clip of {silent.text}: it has room for the picks and the front only.")
    assert f"You hear {heard}." in message
    assert browser.find("#heard").text == heard
    assert browser.find("#model option:checked").text == f"{silent.text}: no clip here"
    browser.click(browser.find(".card [data-hear]"))
    assert not browser.find("#no-clip").is_displayed()


def test_every_model_of_the_front_can_be_heard(browser):
    models = browser.run("return [...document.querySelectorAll('#model option')].map(each => each.value)")
    analysis = analyse(runs(), OBJECTIVES, PHASES)
    assert {f"full/{name}" for name in analysis.front["name"]} <= set(models)
