"""How fast a study's page shows and switches between matrices in Chromium; prints the machine's own figures.

    python benchmarks/bench_page.py [folder]

Two made-up studies are written to the folder, or to a temporary one: 100 models on 50 tracks, and matrices
of 2049 bins. The first view is there when both matrices are drawn; a switch lasts from the choice of another
model, whose file was read before, until its matrix is drawn. Needs chromium-driver.
"""

import os
import platform
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import psutil
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from tests.helpers.rendered_page import Made, render_study
from tests.helpers.study_sizes import SOURCES, render_sized

TRIES, SWITCHES = 5, 20
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--disable-background-networking",
)
# Notes when both matrices are drawn.
WATCH = """
new MutationObserver(() => {
  if (document.getElementById("explorer")?.dataset.ready) window.readyMs ??= performance.now();
}).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ["data-ready"]});
"""
SWITCH = """
const [value, done] = arguments, select = document.getElementById("ex-a-model");
const name = document.getElementById("ex-a-name"), before = name.textContent, start = performance.now();
const drawn = () => done(performance.now() - start);
const look = () => (name.textContent === before ? setTimeout(look, 0) : requestAnimationFrame(drawn));
select.value = value;
select.dispatchEvent(new Event("change"));
look();
"""
READY = """
const done = arguments[0], look = () => (window.readyMs ? done(window.readyMs) : setTimeout(look, 5));
look();
"""
PAINTED = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def made_pages(folder: Path) -> dict[str, Path]:
    """The pages of both studies, where they are not there yet."""
    many, fine = (folder / name / "report" / "study.html" for name in ("many", "fine"))
    if not many.exists():
        render_sized(folder / "many", 100, 50, draws=False)
    if not fine.exists():
        made = Made(seeds=(0,), segments=("one",), fft_samples=4096)
        render_study(folder / "fine", SOURCES, "folder", made)
    return {"100 models, 50 tracks": many, "2 models, 2049 bins": fine}


def opened() -> webdriver.Chrome:
    """A browser that takes note of when a page is ready."""
    options = Options()
    options.binary_location = shutil.which("chromium") or ""
    for flag in (*FLAGS, "--window-size=1440,900"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
    driver.set_script_timeout(60)
    return driver


def cpu_s(driver: webdriver.Chrome) -> float:
    """CPU seconds that the processes of pages have taken so far, which other load hardly changes."""
    browser = psutil.Process(driver.service.process.pid)
    pages = [one for one in browser.children(recursive=True) if "--type=renderer" in one.cmdline()]
    return sum(sum(one.cpu_times()[:2]) for one in pages)


def first_view_s(driver: webdriver.Chrome, page: Path) -> tuple[float, float]:
    """Seconds from the start of loading to the first paint, and until both matrices are drawn."""
    driver.get("about:blank")
    driver.get(page.as_uri())
    ready = driver.execute_async_script(READY)
    return (driver.execute_script(PAINTED) or ready) / 1000, ready / 1000


def main(folder: Path) -> None:
    """Print one line per study: medians, and CPU time in brackets."""
    pages = made_pages(folder)
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    driver = opened()
    try:
        for name, page in pages.items():
            start = cpu_s(driver)
            views = [first_view_s(driver, page) for _ in range(TRIES)]
            paint, ready = (statistics.median(times) for times in zip(*views, strict=True))
            viewed = cpu_s(driver)
            models = ("m99", "dae") if name.startswith("100") else ("sf", "dae")
            switches = [driver.execute_async_script(SWITCH, models[n % 2]) for n in range(SWITCHES)]
            switched = cpu_s(driver)
            switch_ms = 1000 * (switched - viewed) / SWITCHES
            print(
                f"{name}: page {page.stat().st_size / 1e6:.2f} MB, first paint {paint:.2f} s, "
                f"both matrices {ready:.2f} s ({(viewed - start) / TRIES:.2f} s), "
                f"switch {statistics.median(switches):.0f} ms ({switch_ms:.0f} ms)"
            )
    finally:
        driver.quit()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            main(Path(temporary))
