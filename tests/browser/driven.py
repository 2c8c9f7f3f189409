"""A page in a browser as tests use it: open it in a state, wait, press, read."""

import json
from pathlib import Path
from typing import Any

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

WAIT_S = 60  # until something happens; machines of CI are slow, and nothing is measured


class Driven:
    """The page `path` in the browser `driver`."""

    def __init__(self, driver: Any, path: Path):
        self.driver, self.path = driver, path

    def open(self, state: str = "", width: int = 1440, scheme: str = "light", media: str = "screen") -> None:
        """Load the page with `#state`, at this width and in this scheme, and wait for both matrices."""
        self.driver.get("about:blank")
        for log in ("browser", "performance"):
            self.driver.get_log(log)  # empties it
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
        self.driver.get(self.path.as_uri() + (f"#{state}" if state else ""))
        self.until("return document.getElementById('explorer').dataset.ready")

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def until(self, script: str, *arguments: Any) -> Any:
        """Wait until the script gives something that is true."""
        return WebDriverWait(self.driver, WAIT_S, poll_frequency=0.05).until(
            lambda _: self.run(script, *arguments)
        )

    def find(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        return self.run("return document.querySelector(arguments[0]).textContent", selector)

    def choose(self, selector: str, value: str) -> None:
        Select(self.find(selector)).select_by_value(value)

    def click(self, selector: str) -> None:
        self.run("document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", selector)
        self.find(selector).click()

    def press(self, *keys: str) -> None:
        """Press keys where the focus is, as somebody without a mouse does."""
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def tab_to(self, selector: str, limit: int = 400) -> None:
        """Go there by the Tab key alone."""
        for _ in range(limit):
            if self.run("return document.activeElement === document.querySelector(arguments[0])", selector):
                return
            self.press(Keys.TAB)
        raise AssertionError(f"{selector} is out of the Tab key's reach")

    def state(self) -> dict[str, str]:
        """The names and values in the page's address."""
        return self.run("return Object.fromEntries(new URLSearchParams(location.hash.slice(1)))")

    def picture(self, selector: str) -> str:
        """What a canvas shows."""
        return self.run("return document.querySelector(arguments[0]).toDataURL()", selector)

    def errors(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Addresses of all that the page asked for, but for files beside it."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        sent = [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]
        return [url for url in sent if not url.startswith(("file:", "data:", "blob:", "about:"))]
