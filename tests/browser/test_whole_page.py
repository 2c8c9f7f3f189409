"""The page as a whole: accessible, at every width, in both schemes, on paper, without scripts, in a frame."""

import base64
import json

import pytest
from axe_core_python.selenium import Axe
from selenium.webdriver.common.keys import Keys

from tests.helpers.rendered_page import TRACKS

GRAVE = ("serious", "critical")
LOOKS = [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]


def overflows(page) -> bool:
    return page.run("return document.documentElement.scrollWidth > window.innerWidth")


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_axe_finds_nothing_grave_and_nothing_sticks_out(page, width, scheme):
    page.open(width=width, scheme=scheme)
    page.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    found = Axe().run(page.driver)["violations"]
    grave = {
        violation["id"]: [node["html"][:200] for node in violation["nodes"]][:5]
        for violation in found
        if violation["impact"] in GRAVE
    }
    assert not grave, json.dumps(grave, indent=1)
    assert not overflows(page)


def test_dark_and_light_differ_in_page_and_matrices(page):
    colour = "return getComputedStyle(document.body).backgroundColor"
    light = page.run(colour), page.picture("#ex-a")
    page.open(scheme="dark")
    assert page.run(colour) != light[0]
    assert page.picture("#ex-a") != light[1]


def test_names_of_tracks_run_nothing_wherever_they_stand(page):
    for track in ("one", "three"):
        page.choose("#pl-track", track)
    for segment in ("0", "2"):
        page.choose("#ex-segment", segment)
    page.run("document.querySelectorAll('#by-track th button').forEach(b => b.click())")
    assert page.run("return window.pwned === undefined && !document.querySelector('img[src=x]')")
    assert set(TRACKS.values()) <= set(
        page.run(
            "return [...document.querySelectorAll('#by-track tbody td:first-child')].map(c => c.textContent)"
        )
    )


def test_the_tab_key_reaches_every_control_and_leaves_the_page(page):
    visible = page.run(
        """return [...document.querySelectorAll("a[href], button, select, input, summary, [tabindex='0']")]
        .filter(e => e.checkVisibility({contentVisibilityAuto: true}) && !e.disabled).length"""
    )
    page.run("window.reached = new Set(); document.addEventListener('focusin', e => reached.add(e.target))")
    for _ in range(visible + 5):
        page.press(Keys.TAB)
    assert page.run("return reached.size") >= visible


def test_on_paper_stand_the_answer_and_tables_and_no_controls(page):
    page.open(media="print")
    for selector in ("nav", "#player", "#explorer-app"):
        assert not page.find(selector).is_displayed(), selector
    for selector in (".card", "#summary"):
        assert page.find(selector).is_displayed(), selector
    printed = page.driver.execute_cdp_cmd("Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69})
    assert base64.b64decode(printed["data"]).startswith(b"%PDF")


def test_without_scripts_stay_answer_pictures_tables_and_sounds(page):
    page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page.driver.get("about:blank")
        page.driver.get(page.path.as_uri())
        for selector in (".card", "figure img", "#by-track td", "#listen summary"):
            assert page.find(selector).is_displayed(), selector
        for selector in ("#explorer-app", "#player", "#ex-a"):
            assert not page.find(selector).is_displayed(), selector
        page.find("#listen summary").click()
        assert page.find("#listen a[href$='.mp3']").is_displayed()
    finally:
        page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_a_missing_side_file_is_named(page):
    page.run("singmap.index.explorer.segments[2].track_id = 'gone'")
    page.choose("#ex-segment", "2")
    page.until(
        "return document.querySelector('#ex-readout').textContent.includes('gone.js is not beside this page')"
    )
    messages = page.errors()
    assert len(messages) == 2, "what the browser says of both panels' files"
    assert all("ERR_FILE_NOT_FOUND" in message for message in messages)


def test_the_summary_shows_in_a_data_frame_as_snakemake_s_report_has_it(page, tmp_path):
    coded = base64.b64encode(page.path.with_name("summary.html").read_bytes()).decode()
    (tmp_path / "report.html").write_text(
        f'<iframe src="data:text/html;charset=utf8;filename=summary.html;base64,{coded}"></iframe>'
    )
    page.driver.get((tmp_path / "report.html").as_uri())
    page.driver.switch_to.frame(0)
    try:
        assert page.text("#F1 .verdict") == "supported"
    finally:
        page.driver.switch_to.default_content()
