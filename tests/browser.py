"""A real Chromium without a window, driven by selenium."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import ElementClickInterceptedException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

PROGRAMS = ("chromium", "chromedriver")  # Debian: apt-get install chromium chromium-driver
ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars", "--mute-audio")


class Browser:
    """One tab; what the page says to the console is kept."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(self, page: Path, *, width: int = 1440, height: int = 900, is_dark: bool = False) -> None:
        """Show a page of this machine, and wait until its script is through."""
        screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        self.driver.get(page.resolve().as_uri())
        self.until(lambda: self.run("return document.documentElement.dataset.ready"))

    def run(self, script: str, *arguments: Any) -> Any:
        """Return what a script in the page returns."""
        return self.driver.execute_script(script, *arguments)

    def find(self, selector: str) -> WebElement:
        """Return the first element."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        """Return all elements."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def show(self, element: WebElement) -> None:
        """Scroll until an element is in the middle."""
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)

    def click(self, element: WebElement) -> None:
        """Click on the middle of an element, once nothing else is in front: plots that are still drawn move it."""
        self.until(lambda: self._clicked(element))

    def _clicked(self, element: WebElement) -> bool:
        self.show(element)
        try:
            element.click()
        except ElementClickInterceptedException:
            return False
        return True

    def texts(self, selector: str) -> list[str]:
        """Return the text of all elements that are shown."""
        return [each.text for each in self.all(selector) if each.is_displayed()]

    def choose(self, selector: str, value: str) -> None:
        """Choose an option of a <select>."""
        self.find(f"{selector} option[value='{value}']").click()

    def until(self, holds: Callable[[], Any], seconds: float = 20) -> Any:
        """Wait for something that comes true, and return it."""
        end = time.monotonic() + seconds
        while not (found := holds()):
            assert time.monotonic() < end, "it never came true"
            time.sleep(0.02)
        return found

    def complaints(self) -> list[str]:
        """Return what the console got since the last call, but for mere information."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] != "INFO"]


@contextmanager
def browsing() -> Iterator[Browser]:
    """Run Chromium while the block runs; the test is skipped where there is none, but in CI it fails."""
    browser, driver = (shutil.which(name) for name in PROGRAMS)
    if not (browser and driver):
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"needs {' and '.join(PROGRAMS)} on the PATH")
    options = webdriver.ChromeOptions()
    options.binary_location = str(browser)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in ARGUMENTS:
        options.add_argument(argument)
    session = webdriver.Chrome(options, webdriver.ChromeService(str(driver)))
    try:
        yield Browser(session)
    finally:
        session.quit()
