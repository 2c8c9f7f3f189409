"""The page of a study of 100 models and 50 tracks, and of one of each: small at first, its rest on demand."""

import json
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest
from axe_core_python.selenium import Axe

from tests.browser.driven import Driven
from tests.helpers.study_sizes import render_sized

SIZES = {"100 models on 50 tracks": (100, 50), "one model on one track": (1, 1)}
FIRST_VIEW_BYTES = 5_000_000
OPTIONS = "return document.querySelectorAll(`${arguments[0]} option`).length"


@pytest.fixture(scope="module", params=SIZES)
def sized(request, chromium, tmp_path_factory):
    """A page of each size, and the numbers of its models and tracks; nothing may have gone wrong in it."""
    n_models, n_tracks = SIZES[request.param]
    page = render_sized(tmp_path_factory.mktemp("sized"), n_models, n_tracks, draws=False)
    return Driven(chromium, page), n_models, n_tracks


def loaded(page: Driven) -> list[Path]:
    """The files that the page has asked for."""
    events = [json.loads(entry["message"])["message"] for entry in page.driver.get_log("performance")]
    sent = [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]
    return [Path(unquote(urlparse(url).path)) for url in sent if url.startswith("file:")]


def test_the_first_view_is_small_and_takes_two_matrices(sized):
    page, n_models, n_tracks = sized
    page.open()
    files = loaded(page)
    assert sum(path.stat().st_size for path in files) < FIRST_VIEW_BYTES
    assert len([path for path in files if "matrices" in path.parts]) == min(n_models, 2)
    assert page.run(OPTIONS, "#ex-a-model") == page.run(OPTIONS, "#ex-b-model") == n_models
    assert page.run(OPTIONS, "#ex-segment") == n_tracks
    assert page.errors() == []


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_sticks_out_and_axe_finds_nothing_grave(sized, width):
    page, _, _ = sized
    page.open(width=width)
    # Of the rows of long tables one is like the other, and axe takes minutes for thousands.
    page.run("document.querySelectorAll('tbody tr:nth-child(n+4)').forEach(row => row.remove())")
    found = Axe().run(page.driver)["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    assert not page.run("return document.documentElement.scrollWidth > window.innerWidth")


def test_every_source_is_heard_also_one_of_many(sized):
    page, n_models, _ = sized
    page.open()
    page.run("document.querySelector('#listen').scrollIntoView()")
    page.until("return document.querySelector('#listen').dataset.shown")
    n_sources = n_models + 3
    n_buttons = page.run("return document.querySelectorAll('#pl-sources button').length")
    assert n_buttons == (n_sources if n_sources <= 16 else 9)
    assert page.find("#pl-others").is_displayed() == (n_sources > 16)
    if n_sources > 16:
        assert page.run(OPTIONS, "#pl-others") == 1 + n_sources - n_buttons
        page.click("#pl-play")
        page.choose("#pl-others", str(n_sources - 1))
        page.until("return document.querySelector('#listen').dataset.playing === 'm99_seed0'")
        page.click("#pl-sources button:nth-child(2)")
        page.until("return document.querySelector('#listen').dataset.playing === 'irm'")
        assert page.run("return document.querySelector('#pl-others').value") == ""
