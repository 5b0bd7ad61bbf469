"""The pictures of guides/report.md, of any report.html: python docs/make_report_pictures.py results/poc/report.html."""

import base64
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))  # the browser of the tests

from browser import Browser, browsing  # noqa: E402

WIDE, NARROW = 1440, 390  # pixels
DRAWN = "return [...document.querySelectorAll('.sound canvas')].every(canvas => canvas.width > 300)"


def picture(browser: Browser, *, width: int, top: int, height: int) -> bytes:
    """Return a part of the page as JPEG."""
    clip = {"x": 0, "y": top, "width": width, "height": height, "scale": 1}
    how = {"format": "jpeg", "quality": 82, "captureBeyondViewport": True, "clip": clip}
    return base64.b64decode(browser.driver.execute_cdp_cmd("Page.captureScreenshot", how)["data"])


def top_of(browser: Browser, section: str) -> int:
    """Return where a section begins."""
    return int(browser.run("return document.getElementById(arguments[0]).offsetTop", section))


def main(page: Path, folder: Path) -> None:
    """Write the pictures."""
    folder.mkdir(exist_ok=True)
    with browsing() as browser:
        browser.open(page, width=WIDE)
        browser.until(lambda: browser.run(DRAWN))
        height = top_of(browser, "cpu")
        (folder / "wide_light.jpg").write_bytes(picture(browser, width=WIDE, top=0, height=height))
        browser.open(page, width=WIDE, is_dark=True)
        top = top_of(browser, "cpu")
        height = top_of(browser, "curves") - top
        (folder / "wide_dark.jpg").write_bytes(picture(browser, width=WIDE, top=top, height=height))
        browser.open(page, width=NARROW, height=844)
        browser.until(lambda: browser.run(DRAWN))
        (folder / "narrow_light.jpg").write_bytes(picture(browser, width=NARROW, top=0, height=1700))


if __name__ == "__main__":
    main(Path(sys.argv[1]), ROOT / "docs" / "report")
