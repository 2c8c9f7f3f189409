"""Take the picture of a study's page that the docs begin with: its explorer, in Chromium.

    python tools/page_picture.py results/demo docs/images/page.png

Needs Chromium and its driver (Debian: chromium and chromium-driver).
"""

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

WIDTH, HEIGHT = 1200, 1020  # CSS pixels
COLOURS = 96  # of the PNG: few enough for a small file, more than the eye misses
FLAGS = ("--headless=new", "--no-sandbox", "--hide-scrollbars", "--disable-background-networking")
WAIT_S = 60


def main(results: Path, picture: Path) -> None:
    """Write `picture`, a PNG of the explorer in `results`/report/study.html with its default view."""
    options = Options()
    options.binary_location = shutil.which("chromium") or ""
    for flag in (*FLAGS, f"--window-size={WIDTH},{HEIGHT}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        driver.get((results / "report" / "study.html").resolve().as_uri())
        is_ready = "return document.getElementById('explorer').dataset.ready"
        WebDriverWait(driver, WAIT_S).until(lambda _: driver.execute_script(is_ready))
        driver.execute_script("document.querySelector('nav').remove()")
        driver.execute_script("document.documentElement.style.scrollPadding = '12px'")
        driver.execute_script(
            "document.querySelector('#explorer .controls').scrollIntoView({behavior: 'instant'})"
        )
        shot = Image.open(io.BytesIO(driver.get_screenshot_as_png()))
    finally:
        driver.quit()
    picture.parent.mkdir(parents=True, exist_ok=True)
    shot.convert("RGB").quantize(COLOURS).save(picture, optimize=True)
    print(f"{picture}: {picture.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
