"""The page of a made-up study in Chromium, driven by Selenium; skipped aloud where there is no Chromium."""

import shutil
import warnings
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from tests.browser.driven import Driven
from tests.helpers.rendered_page import render_study

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip


@pytest.fixture(scope="session")
def study(root, tmp_path_factory) -> Path:
    """The page, its matrices and sounds; never written to."""
    return render_study(tmp_path_factory.mktemp("study"), root / "workflow" / "report", "demo")


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    """One browser for all tests of a process."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not (browser and driver):
        lacking = "no Chromium with its driver (Debian: chromium and chromium-driver)"
        warnings.warn(f"{lacking}: tests of the page in a browser are skipped", stacklevel=1)
        pytest.skip(lacking)
    options = Options()
    options.binary_location = browser
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    started = webdriver.Chrome(options=options, service=Service(driver))
    started.set_script_timeout(60)
    yield started
    started.quit()


@pytest.fixture
def page(chromium, study):
    """The study's page, freshly opened; afterwards nothing may have gone wrong or asked for a network."""
    driven = Driven(chromium, study)
    driven.open()
    yield driven
    assert driven.errors() == []
    assert driven.requests() == []
